//! Each method by its rule; what has none is refused.

use bearward_tonic::requirement::{organization, scope};
use bearward_tonic::{GrpcLayer, RuleError};
use tonic::Code;

use crate::support::{LIST, Scene, bearer, rules};

#[tokio::test]
async fn a_method_needs_what_its_rule_says() {
    let scene = Scene::new().await;
    let token = bearer(&scene.mint().sign());
    assert_eq!(scene.call(LIST, Some(&token)).await.unwrap(), "test-client: hello");
    assert_eq!(scene.call(LIST, None).await.unwrap_err().code(), Code::Unauthenticated);

    let delete = "/notes.v1.Notes/Delete";
    let granted = bearer(&scene.mint().scope("notes:delete").sign());
    assert_eq!(scene.call(delete, Some(&granted)).await.unwrap(), "test-client: hello");
    assert_eq!(scene.call(delete, Some(&token)).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(scene.call(delete, None).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_public_method_asks_for_nothing_and_looks_at_nothing() {
    let scene = Scene::new().await;
    for authorization in [None, Some("Bearer x.y.z"), Some("two words too many")] {
        assert_eq!(scene.call("/notes.v1.Notes/Motto", authorization).await.unwrap(), "write it down");
    }
    assert_eq!(scene.issuer.requests(bearward_issuer::Endpoint::Jwks), 0, "nothing was fetched for them");
}

#[tokio::test]
async fn an_optional_method_refuses_a_credential_that_is_not_valid() {
    let scene = Scene::new().await;
    let greet = "/notes.v1.Notes/Greet";
    assert_eq!(scene.call(greet, None).await.unwrap(), "stranger");
    assert_eq!(scene.call(greet, Some(&bearer(&scene.mint().sign()))).await.unwrap(), "friend");
    let expired = bearer(&scene.mint().expires_in(-60).sign());
    assert_eq!(scene.call(greet, Some(&expired)).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn what_has_no_rule_is_refused_whoever_asks() {
    let only_one = |api| GrpcLayer::new(api).authenticated("notes.v1.Notes/List").unwrap();
    let (one, none) = (Scene::with(|b| b, only_one).await, Scene::with(|b| b, GrpcLayer::new).await);
    let everything = |scene: &Scene| bearer(&scene.mint().scope("notes:delete").sign());
    assert!(one.call(LIST, Some(&everything(&one))).await.is_ok());
    for (scene, paths) in [
        (
            &one,
            &[
                "/notes.v1.Notes/Motto",
                "/notes.v1.Notes/Delete",
                "/notes.v1.Notes/list",
                "/other.Service/List",
            ][..],
        ),
        (&none, &[LIST, "/notes.v1.Notes/Motto", "/other.Service/List"]),
    ] {
        let token = everything(scene);
        for path in paths {
            let status = scene.call(path, Some(&token)).await.unwrap_err();
            assert_eq!(status.code(), Code::PermissionDenied, "{path}");
            assert_eq!(scene.call(path, None).await.unwrap_err().code(), Code::Unauthenticated, "{path}");
        }
    }
}

#[tokio::test]
async fn another_way_of_writing_a_path_finds_no_other_rule() {
    let scene = Scene::new().await;
    let token = bearer(&scene.mint().sign());
    for path in [
        "/notes.v1.Notes/%4Dotto",
        "/notes.v1.Notes/Motto/",
        "//notes.v1.Notes/Motto",
        "/notes.v1.Notes/./Motto",
        "/notes.v1.Notes/%44elete",
        "/notes.v1.Notes//Delete",
    ] {
        assert_eq!(scene.call(path, None).await.unwrap_err().code(), Code::Unauthenticated, "{path}");
        assert!(scene.call(path, Some(&token)).await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn rules_that_cannot_work_are_errors() {
    let api =
        bearward_tonic::ResourceServer::builder().issuer("https://a.example").audience("a").build().unwrap();
    let layer = || GrpcLayer::new(api.clone());
    let malformed = layer().public("/notes.v1.Notes/Motto").unwrap_err();
    assert_eq!(malformed, RuleError::Name("/notes.v1.Notes/Motto".to_owned()));
    assert_eq!(
        malformed.to_string(),
        "\"/notes.v1.Notes/Motto\" names no gRPC service or method: write `package.Service` for all methods of a \
         service, or `package.Service/Method`, without a slash before"
    );
    let twice = rules(api.clone()).authenticated("notes.v1.Notes/Motto").unwrap_err();
    assert_eq!(twice.to_string(), "notes.v1.Notes/Motto has two rules: join their requirements with `and`");
    let nothing = layer().require("notes.v1.Notes", scope("")).unwrap_err();
    assert!(matches!(nothing, RuleError::Requirement(ref name, _) if name == "notes.v1.Notes"), "{nothing}");
}

#[tokio::test]
async fn a_method_of_an_organization_accepts_its_audience() {
    let of_organization = |api| {
        let member = organization().logto_permissions().from_header("organization").and(scope("read:member"));
        GrpcLayer::new(api).require("notes.v1.Notes", member).unwrap()
    };
    let scene = Scene::with(|builder| builder, of_organization).await;
    let token = scene.issuer.mint().audience("urn:logto:organization:org_1").scope("read:member").sign();
    let call = async |organization: &str| {
        let metadata = [("authorization", bearer(&token)), ("organization", organization.to_owned())];
        scene.call_with(LIST, metadata).await
    };
    assert_eq!(call("org_1").await.unwrap(), "test-client: hello");
    assert_eq!(call("org_2").await.unwrap_err().code(), Code::PermissionDenied);
}
