//! The names that a server's file descriptor sets describe: what rules are compared with.

use bearward_tower::bearward::wire::closest_name;
use prost::Message;
use prost_types::FileDescriptorSet;

use crate::error::RuleError;

/// Each service as `package.Service`, and each of its methods as `package.Service/Method`.
#[derive(Debug, Clone)]
pub(crate) struct Described(Vec<String>);

impl Described {
    /// Reads encoded `google.protobuf.FileDescriptorSet`s.
    pub(crate) fn by(sets: &[&[u8]]) -> Result<Self, RuleError> {
        let mut names = Vec::new();
        for set in sets {
            let set =
                FileDescriptorSet::decode(*set).map_err(|error| RuleError::Descriptors(error.to_string()))?;
            for file in set.file {
                let package = file.package().to_owned();
                for described in file.service {
                    let service = match package.as_str() {
                        "" => described.name().to_owned(),
                        package => format!("{package}.{}", described.name()),
                    };
                    names
                        .extend(described.method.iter().map(|method| format!("{service}/{}", method.name())));
                    names.push(service);
                }
            }
        }
        Ok(Self(names))
    }

    /// That this is one of the names.
    pub(crate) fn check(&self, name: &str) -> Result<(), RuleError> {
        if self.0.iter().any(|known| known == name) {
            return Ok(());
        }
        let meant = closest_name(name, self.0.iter().map(String::as_str));
        Err(RuleError::Unknown(name.to_owned(), meant.map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use bearward_tower::RouteRule;
    use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

    use super::*;
    use crate::method::Methods;

    fn service(name: &str, methods: &[&str]) -> ServiceDescriptorProto {
        let method =
            |name: &&str| MethodDescriptorProto { name: Some((*name).to_owned()), ..Default::default() };
        let method = methods.iter().map(method).collect();
        ServiceDescriptorProto { name: Some(name.to_owned()), method, ..Default::default() }
    }

    fn set(package: Option<&str>, service: Vec<ServiceDescriptorProto>) -> Vec<u8> {
        let package = package.map(str::to_owned);
        FileDescriptorSet { file: vec![FileDescriptorProto { package, service, ..Default::default() }] }
            .encode_to_vec()
    }

    fn methods() -> Methods {
        let notes = set(Some("notes.v1"), vec![service("Notes", &["List", "Delete"])]);
        let bare = set(None, vec![service("Ping", &["Now"])]);
        Methods::described(Described::by(&[&notes, &bare]).unwrap())
    }

    #[test]
    fn a_rule_names_what_the_descriptor_sets_describe() {
        let mut methods = methods();
        for name in ["notes.v1.Notes", "notes.v1.Notes/Delete", "Ping", "Ping/Now"] {
            assert_eq!(methods.add(name, RouteRule::Token(None)), Ok(()), "{name}");
        }
        for (name, meant) in [
            ("notes.v1.Notes/Delet", Some("notes.v1.Notes/Delete")),
            ("notes.v1.Note/List", Some("notes.v1.Notes/List")),
            ("notes.v1.Notes/delete", Some("notes.v1.Notes/Delete")),
            ("grpc.health.v1.Health", None),
            ("Notes/List", None),
        ] {
            let error = RuleError::Unknown(name.to_owned(), meant.map(str::to_owned));
            assert_eq!(methods.add(name, RouteRule::Token(None)), Err(error), "{name}");
        }
    }

    #[test]
    fn a_method_of_an_open_service_may_have_another_rule_where_its_name_is_checked() {
        let mut methods = methods();
        assert_eq!(methods.add("notes.v1.Notes", RouteRule::Public), Ok(()));
        assert_eq!(methods.add("notes.v1.Notes/Delete", RouteRule::Token(None)), Ok(()));
    }

    #[test]
    fn what_is_no_descriptor_set_is_an_error() {
        let error = Described::by(&[b"{\"file\":[]}"]).unwrap_err();
        assert!(matches!(&error, RuleError::Descriptors(why) if !why.is_empty()), "{error:?}");
        assert_eq!(
            Methods::described(Described::by(&[]).unwrap()).add("notes.v1.Notes", RouteRule::Public),
            Err(RuleError::Unknown("notes.v1.Notes".to_owned(), None))
        );
    }
}
