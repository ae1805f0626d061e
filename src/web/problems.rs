//! What is wrong with a form that comes back to its writer.
use crate::{
    error::{Error, Result},
    text::Lang,
};

/// Fields of a form with words for people, in the order of the form.
#[derive(Debug, Default)]
pub struct Problems(Vec<(&'static str, String)>);

impl Problems {
    /// Writes a refusal down beside its field. Errors that no other input would mend go on.
    pub fn note<T>(
        &mut self,
        field: &'static str,
        lang: Lang,
        outcome: Result<T>,
    ) -> Result<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(e @ (Error::Invalid(..) | Error::Forbidden(_))) => {
                let (key, number) = e.message();
                self.0.push((field, lang.count(key, number)));
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// The words beside a field, or nothing.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == field).map_or("", |(_, words)| words.as_str())
    }

    pub fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_writer_can_mend_stands_beside_its_field_and_the_rest_is_an_error() {
        let mut problems = Problems::default();
        let refused: Result<()> = Err(Error::invalid("email-form"));
        assert_eq!(problems.note("email", Lang::En, refused).unwrap(), None);
        assert!(problems.of("email").contains("aiko@example.jp"));
        assert_eq!(problems.of("name"), "");
        assert_eq!(problems.note("name", Lang::En, Ok(5)).unwrap(), Some(5));
        assert_eq!(problems.all().len(), 1);
        let broken: Result<()> = Err(Error::Unavailable("x".into()));
        assert!(problems.note("name", Lang::En, broken).is_err());
    }
}
