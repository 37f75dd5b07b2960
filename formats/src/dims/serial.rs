//! Dimensions by serde: what is read is checked.

use super::Dims;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl Serialize for Dims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Dims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dims = Self::deserialize(deserializer)?;
        dims.check().map_err(D::Error::custom)?;
        Ok(dims)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::DIMS;
    use super::*;
    use postcard::{from_bytes, to_slice};

    #[test]
    fn what_makes_no_model_is_not_read() {
        let mut buffer = [0; 64];
        let bytes = to_slice(&DIMS, &mut buffer).unwrap();
        assert_eq!(from_bytes::<Dims>(bytes), Ok(DIMS));
        let wrong = Dims { heads: 0, ..DIMS };
        let bytes = to_slice(&wrong, &mut buffer).unwrap();
        assert!(from_bytes::<Dims>(bytes).is_err());
    }
}
