//! The layers and services of `bearward-tower`, for routers that are built of them by hand, and the
//! [responder](Respond) that answers in their stead.

pub use bearward_tower::{
    DefaultResponder, FormCredentialLayer, FormCredentialService, Framework, GrpcAnswers, HttpFacts,
    PathParameters, ProtectFuture, ProtectLayer, ProtectService, Protection, RequireLayer, RequireService,
    Respond, RouteRule, Rules, RulesLayer, refusal,
};
