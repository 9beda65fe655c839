//! Authorization details (RFC 9396) as a requirement.

use super::*;
use crate::check::requirement::{
    AuthorizationDetails, Denial, RequirementError, authorization_details, scope,
};

fn payment() -> AuthorizationDetails {
    authorization_details("payment_initiation")
        .actions(["initiate"])
        .locations(["https://bank.example/payments"])
}

fn granted() -> Value {
    json!({
        "type": "payment_initiation",
        "locations": ["https://bank.example/payments", "https://bank.example/accounts"],
        "actions": ["initiate", "status", "cancel"],
        "datatypes": ["contacts"],
        "privileges": ["admin"],
        "identifier": "account-1",
        "instructedAmount": { "currency": "EUR", "amount": "123.50" },
    })
}

fn asked_of(requirement: Requirement, details: Value) -> Result<(), Failure> {
    require(requirement, &json!({ "authorization_details": details }))
}

fn lacking() -> Result<(), Failure> {
    Err(Denial::AuthorizationDetailsMissing.into())
}

#[test]
fn an_element_with_everything_that_is_required_permits() {
    let wanted = payment()
        .actions(["cancel", "initiate"])
        .datatypes(["contacts"])
        .privileges(["admin"])
        .identifier("account-1")
        .member("instructedAmount", json!({ "amount": "123.50", "currency": "EUR" }));
    assert_eq!(asked_of(wanted.clone().granted(), json!([granted()])), Ok(()));
    let others = json!([{ "type": "account_information" }, granted()]);
    assert_eq!(asked_of(wanted.granted(), others), Ok(()));
    assert_eq!(asked_of(authorization_details("payment_initiation").granted(), json!([granted()])), Ok(()));
}

#[test]
fn each_thing_that_is_missing_or_another_denies() {
    let whole = || authorization_details("payment_initiation");
    for wanted in [
        authorization_details("payment"),
        authorization_details("Payment_initiation"),
        whole().actions(["initiate", "refund"]),
        whole().actions(["Initiate"]),
        whole().locations(["https://bank.example/payments/"]),
        whole().datatypes(["photos"]),
        whole().privileges(["adm"]),
        whole().identifier("account-2"),
        whole().member("instructedAmount", json!({ "currency": "EUR", "amount": "123.51" })),
        whole().member("instructedAmount", json!({ "currency": "EUR" })),
        whole().member("creditorName", "Merchant"),
    ] {
        assert_eq!(asked_of(wanted.clone().granted(), json!([granted()])), lacking(), "{wanted:?}");
    }
    for absent in [json!(null), json!([]), json!([{ "type": "payment_initiation" }])] {
        assert_eq!(asked_of(payment().granted(), absent.clone()), lacking(), "{absent}");
    }
}

#[test]
fn two_elements_are_not_taken_together() {
    let halves = json!([
        { "type": "payment_initiation", "actions": ["initiate"], "locations": ["https://other.example"] },
        { "type": "payment_initiation", "actions": ["status"], "locations": ["https://bank.example/payments"] },
    ]);
    assert_eq!(asked_of(payment().granted(), halves), lacking());
}

#[test]
fn malformed_details_permit_nothing_whatever_else_is_required() {
    for details in [
        json!("payment_initiation"),
        json!({ "type": "payment_initiation" }),
        json!(true),
        json!([granted(), 7]),
        json!([granted(), null]),
        json!([granted(), {}]),
        json!([granted(), { "type": 7 }]),
        json!([granted(), { "type": "x", "actions": "initiate" }]),
        json!([granted(), { "type": "x", "actions": ["initiate", 1] }]),
        json!([granted(), { "type": "x", "locations": null }]),
        json!([granted(), { "type": "x", "datatypes": {} }]),
        json!([granted(), { "type": "x", "privileges": 1 }]),
        json!([granted(), { "type": "x", "identifier": ["account-1"] }]),
    ] {
        let claims = json!({ "scope": "a", "authorization_details": details });
        let wanted = || payment().granted();
        for requirement in [
            wanted(),
            wanted().not(),
            wanted().not().not(),
            wanted().or(scope("a")),
            scope("a").or(wanted()),
            scope("a").or(wanted().not()),
            scope("b").and(wanted()).not(),
        ] {
            let refused = require(requirement.clone(), &claims);
            assert_eq!(refused, Err(malformed("authorization_details").into()), "{requirement:?} {details}");
        }
        // A route that does not look at them does not mind.
        assert_eq!(require(scope("a"), &claims), Ok(()));
    }
}

#[test]
fn a_member_of_another_type_cannot_be_told() {
    let wanted = || authorization_details("payment_initiation").member("limit", 7).granted();
    for own in [json!("7"), json!([7]), json!(true)] {
        let details = json!([{ "type": "payment_initiation", "limit": own }]);
        assert_eq!(asked_of(wanted(), details.clone()), lacking());
        assert_eq!(asked_of(wanted().not(), details), Err(Denial::Unmet.into()));
    }
    assert_eq!(asked_of(wanted(), json!([{ "type": "payment_initiation", "limit": 7.0 }])), Ok(()));
}

#[test]
fn details_combine_with_other_requirements() {
    let wanted = || payment().granted();
    assert_eq!(asked_of(wanted().not(), json!([granted()])), Err(Denial::Unmet.into()));
    assert_eq!(asked_of(wanted().not(), json!([])), Ok(()));
    assert_eq!(asked_of(wanted().or(scope("a")), json!([granted()])), Ok(()));
    let both = asked_of(wanted().and(scope("a")), json!([granted()]));
    assert_eq!(both, Err(Denial::InsufficientScope { required: "a".to_owned() }.into()));
}

#[test]
fn details_as_data_are_the_same_requirement() {
    let data = json!({ "authorization_details": {
        "type": "payment_initiation",
        "locations": ["https://bank.example/payments"],
        "actions": ["initiate"],
    } });
    let requirement = payment().granted();
    assert_eq!(serde_json::to_value(&requirement).unwrap(), data);
    assert_eq!(serde_json::from_value::<Requirement>(data).unwrap(), requirement);
    for wrong in [
        json!({ "actions": ["initiate"] }),
        json!({ "type": "x", "action": ["initiate"] }),
        json!({ "type": "x", "actions": "initiate" }),
        json!({ "type": "x", "actions": null }),
        json!({ "type": "x", "identifier": null }),
        json!({ "type": ["x"] }),
    ] {
        let read = serde_json::from_value::<Requirement>(json!({ "authorization_details": wrong }));
        assert!(read.is_err(), "{wrong}");
    }
}

#[test]
fn details_that_mean_nothing_are_refused_when_they_are_checked() {
    let none: [&str; 0] = [];
    for (wanted, why) in [
        (authorization_details(""), RequirementError::EmptyName("type of authorization details")),
        (payment().actions(none), RequirementError::Empty("actions")),
        (payment().locations([""]), RequirementError::EmptyName("locations")),
        (payment().identifier(""), RequirementError::EmptyName("identifier")),
        (payment().member("type", "y"), RequirementError::DetailMember("type".to_owned())),
        (payment().member("actions", json!(["y"])), RequirementError::DetailMember("actions".to_owned())),
        (payment().member("", "y"), RequirementError::DetailMember(String::new())),
        (payment().member("x", json!(null)), RequirementError::Null),
        (payment().member("x", 1e300), RequirementError::Number),
    ] {
        assert_eq!(wanted.granted().check().unwrap_err(), why);
    }
}
