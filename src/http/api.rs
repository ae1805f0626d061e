//! Routes of the client API. They are described for machines when somebody asks for the description, and not before: most nodes are never asked, and
//! the description stays in memory.
use crate::app::App;
use aide::{
    OperationInput, OperationOutput,
    axum::{ApiRouter, routing::ApiMethodRouter},
    operation::OperationHandler,
    transform::TransformOperation,
};
use axum::{Router, handler::Handler, routing::MethodRouter};

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

    pub fn route(mut self, path: &'static str, endpoint: Endpoint) -> Self {
        self.described.push((path, endpoint.described));
        Self { served: self.served.route(path, endpoint.served), ..self }
    }

    pub fn merge(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.described.extend(other.described);
        Self { served: self.served.merge(other.served), ..self }
    }

    /// Puts layers around all that is served so far.
    pub fn wrap(self, wrapped: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        Self { served: wrapped(self.served), ..self }
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
    /// Puts layers around the methods so far.
    pub fn wrap(self, wrapped: impl FnOnce(MethodRouter<App>) -> MethodRouter<App>) -> Self {
        Self { served: wrapped(self.served), ..self }
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
