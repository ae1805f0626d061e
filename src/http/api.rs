//! Routes of the client API. They are described for machines when somebody asks for the description, and not before: making it takes longer than all
//! else that a node does when it starts.
use crate::app::App;
use aide::{
    OperationInput, OperationOutput,
    axum::{ApiRouter, routing::ApiMethodRouter},
    operation::OperationHandler,
    transform::TransformOperation,
};
use axum::{
    Router,
    extract::Request,
    handler::Handler,
    response::IntoResponse,
    routing::{MethodRouter, Route},
};
use std::convert::Infallible;
use tower::{Layer, Service};

type Describe = Box<dyn FnOnce(ApiMethodRouter<App>) -> ApiMethodRouter<App>>;

/// What is served, and how each address would be described.
#[must_use]
#[derive(Default)]
pub struct Api {
    served: Router<App>,
    described: Vec<(&'static str, Vec<Describe>)>,
}

impl Api {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn route(self, path: &'static str, endpoint: Endpoint) -> Self {
        let mut described = self.described;
        described.push((path, endpoint.described));
        Self { served: self.served.route(path, endpoint.served), described }
    }

    pub fn merge(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.described.extend(other.described);
        Self { served: self.served.merge(other.served), ..self }
    }

    /// Wraps all that is served so far.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { served: self.served.layer(layer), ..self }
    }

    pub fn serve(self) -> Router<App> {
        self.served
    }

    pub fn describe(self) -> ApiRouter<App> {
        self.described.into_iter().fold(ApiRouter::new(), |api, (path, operations)| {
            let all = operations.into_iter().fold(ApiMethodRouter::new(), |all, one| one(all));
            api.api_route(path, all)
        })
    }
}

/// Routes that are not described.
impl From<Router<App>> for Api {
    fn from(served: Router<App>) -> Self {
        Self { served, ..Self::default() }
    }
}

/// What one address does, by method.
#[must_use]
#[derive(Default)]
pub struct Endpoint {
    served: MethodRouter<App>,
    described: Vec<Describe>,
}

impl Endpoint {
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { served: self.served.layer(layer), ..self }
    }
}

/// For each method two functions that begin an [`Endpoint`], and two that add to one: what the handler's types do not say is told with `…_with`.
macro_rules! methods {
    ($($method:ident $with:ident),+) => {
        $(
            pub fn $method<H, I, O, T>(handler: H) -> Endpoint
            where
                H: Handler<T, App> + OperationHandler<I, O>,
                I: OperationInput,
                O: OperationOutput,
                T: 'static,
            {
                Endpoint::default().$method(handler)
            }

            pub fn $with<H, I, O, T, F>(handler: H, tell: F) -> Endpoint
            where
                H: Handler<T, App> + OperationHandler<I, O>,
                I: OperationInput,
                O: OperationOutput,
                T: 'static,
                F: FnOnce(TransformOperation<'_>) -> TransformOperation<'_> + 'static,
            {
                Endpoint::default().$with(handler, tell)
            }
        )+

        impl Endpoint {
            $(
                pub fn $method<H, I, O, T>(self, handler: H) -> Self
                where
                    H: Handler<T, App> + OperationHandler<I, O>,
                    I: OperationInput,
                    O: OperationOutput,
                    T: 'static,
                {
                    self.$with(handler, |operation| operation)
                }

                pub fn $with<H, I, O, T, F>(mut self, handler: H, tell: F) -> Self
                where
                    H: Handler<T, App> + OperationHandler<I, O>,
                    I: OperationInput,
                    O: OperationOutput,
                    T: 'static,
                    F: FnOnce(TransformOperation<'_>) -> TransformOperation<'_> + 'static,
                {
                    let served = handler.clone();
                    self.described.push(Box::new(move |all| all.$with(handler, tell)));
                    Self { served: self.served.$method(served), ..self }
                }
            )+
        }
    };
}

methods!(get get_with, post post_with, put put_with, patch patch_with, delete delete_with);
