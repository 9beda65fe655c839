//! Which of a cluster's 16 384 slots a key is in, as the Redis Cluster specification says.

pub(crate) const SLOTS: u16 = 16_384;

/// The slot of the key: of its hash tag, the part between the first pair of braces, where it has one.
pub(crate) fn of(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let hashed = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
    crc16(hashed.as_bytes()) % SLOTS
}

/// CRC-16/XMODEM: polynomial 0x1021, starting from 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn a_hash_tag_decides() {
        assert_eq!(of("{user1000}.following"), of("{user1000}.followers"));
        assert_eq!(of("{user1000}.following"), of("user1000"));
        assert_eq!(of("foo{{bar}}zap"), of("{bar"));
        assert_eq!(of("foo{bar}{zap}"), of("bar"));
        // An empty tag is ignored.
        assert_eq!(of("foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
    }
}
