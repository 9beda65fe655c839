//! Tells the linker that Node.js itself brings the N-API symbols.

fn main() {
    napi_build::setup();
}
