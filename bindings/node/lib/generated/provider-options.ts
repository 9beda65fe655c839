// The presets of providers and their values. This file is written from the core's table: see
// crates/bearward-core/tests/node_types.rs.

/** The name of one provider with the values that tell its installation and this API. */
export type ProviderOptions =
  | {
      auth0: {
        /** The domain of the tenant, or its custom domain if clients use it. */
        domain: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      logto: {
        /** The host of the Logto endpoint. */
        domain: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      entra: {
        /** The id of the tenant whose users may call, or a list of such ids. */
        tenant: string | string[];
        /** The application (client) id of this API. */
        api: string;
        /** Whether the API has its own signing keys, as it has with claims mapping. */
        app_keys?: boolean;
        /** The cloud of the tenant: global, us_government or china; global unless set. */
        cloud?: string;
      };
    }
  | {
      entra_v1: {
        /** The id of the tenant whose users may call, or a list of such ids. */
        tenant: string | string[];
        /** The application ID URI of this API, as v1.0 tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      entra_external: {
        /** The id of the external tenant. */
        tenant_id: string;
        /** The application (client) id of this API. */
        api: string;
        /** For Azure AD B2C, the name before .onmicrosoft.com and .b2clogin.com. */
        tenant?: string;
        /** For Azure AD B2C, the user flow or policy that issues the tokens. */
        policy?: string;
      };
    }
  | {
      cognito: {
        /** The AWS region of the user pool. */
        region: string;
        /** The id of the user pool. */
        pool: string;
        /** The ids of the app clients whose tokens are for this API, since access tokens have no aud. */
        clients: string | string[];
        /** The identifier of this API, if clients ask for it by resource binding: tokens then have an aud. */
        audience?: string | string[];
      };
    }
  | {
      okta: {
        /** The domain of the organization, or its custom domain if clients use it. */
        domain: string;
        /** The id of the custom authorization server. */
        server?: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      google: {
        /** The audience that callers ask their ID token for: the URL of this API, or an OAuth client id. */
        audience: string | string[];
        /** The service accounts and users that may call, since every service account can get an ID token for any audience. */
        emails?: string | string[];
        /** The domains of Google Workspace whose users may call; tokens have the domain in hd. */
        domains?: string | string[];
      };
    }
  | {
      firebase: {
        /** The id of the project. */
        project: string;
      };
    }
  | {
      supabase: {
        /** The project's reference id. */
        project?: string;
        /** In place of project, the API URL of an installation or of a custom domain. */
        url?: string;
        /** The legacy JWT secret, while tokens that were signed with it are still valid. */
        secret?: string;
        /** The audience of the tokens; authenticated unless set. */
        audience?: string | string[];
      };
    }
  | {
      clerk: {
        /** The host of the Frontend API. */
        domain: string;
        /** The web origins of the applications that may call this API; session tokens have the origin in azp. */
        origins: string | string[];
        /** The audience that a JWT template sets. */
        audience?: string | string[];
      };
    }
  | {
      aws_alb: {
        /** The ARN of the load balancer, since all load balancers of a region publish their keys in one place. */
        load_balancer: string;
        /** The issuer at which the load balancer signs users in. */
        issuer: string;
        /** The client id that the load balancer has at the issuer. */
        clients: string | string[];
      };
    }
  | {
      github_actions: {
        /** The audience that workflows ask for, which names this API. */
        audience: string | string[];
        /** The organizations and users whose repositories may call, since any repository can ask for any audience. */
        owners?: string | string[];
        /** The repositories that may call. */
        repositories?: string | string[];
      };
    }
  | {
      kubernetes: {
        /** The cluster's service account issuer; https://kubernetes.default.svc.cluster.local unless set. */
        issuer?: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
        /** The cluster's keys, where they cannot be fetched without a token. */
        jwks?: string;
      };
    }
  | {
      cloudflare_access: {
        /** The name of the team, before .cloudflareaccess.com. */
        team: string;
        /** The Application Audience (AUD) Tag of this application. */
        audience: string | string[];
      };
    }
  | {
      google_iap: {
        /** The audience of the backend. */
        audience: string | string[];
      };
    }
  | {
      adfs: {
        /** The host of the federation service. */
        host: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      keycloak: {
        /** The URL of the server as clients reach it, with /auth if it has that part, without /realms. */
        url: string;
        /** The name of the realm. */
        realm: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      curity: {
        /** The issuer, exactly as tokens have it in iss. */
        issuer: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      zitadel: {
        /** The domain of the instance, or its custom domain if clients use it. */
        domain: string;
        /** The id of the project that this API is in, or the client id of the API. */
        audience: string | string[];
      };
    }
  | {
      uaa: {
        /** The URL of the zone, without /oauth/token. */
        url: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      hydra: {
        /** The issuer, exactly as tokens have it in iss. */
        issuer: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      identity_server: {
        /** The issuer, exactly as tokens have it in iss. */
        issuer: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    }
  | {
      spring: {
        /** The issuer, exactly as tokens have it in iss. */
        issuer: string;
        /** The audience of this API, as its tokens have it in aud. */
        audience: string | string[];
      };
    };
