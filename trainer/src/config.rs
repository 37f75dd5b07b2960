//! A training run as text: the presets, the shape of a model and what is exact; [`train`] has how it is trained.

pub mod backend;
mod base;
pub mod documents;
pub mod removed;
pub mod renamed;
pub mod train;

pub use self::documents::Documents;
pub use self::train::{EVALUATED_TOKENS, Keep, Matrices, TrainConfig};
use formats::dims::{Dims, DimsError, MAX_ACTIVATION, TOKEN_SHIFT_REACH};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The presets by name: `presets/<name>.toml`.
pub const PRESETS: [(&str, &str); 9] = [
    ("quick", include_str!("../presets/quick.toml")),
    ("microbit", include_str!("../presets/microbit.toml")),
    (
        "microbit-pieces",
        include_str!("../presets/microbit-pieces.toml"),
    ),
    ("base", include_str!("../presets/base.toml")),
    ("base-float", include_str!("../presets/base-float.toml")),
    ("base-pieces", include_str!("../presets/base-pieces.toml")),
    (
        "base-pieces-float",
        include_str!("../presets/base-pieces-float.toml"),
    ),
    ("messages", include_str!("../presets/messages.toml")),
    (
        "messages-micro",
        include_str!("../presets/messages-micro.toml"),
    ),
];

/// An f32 holds every integer up to here.
const F32_EXACT: u64 = 1 << 24;
/// Head room for the rounding half of a scale and for a residual stream of ordinary size.
const ROUNDING_ROOM: u64 = 1 << 15;
/// What multiplies a sum before it is rounded: the largest mantissa, 7, and the rounding half of an abs-mean norm, which is
/// at most `4 / target` of the sum. The targets are 5 and 10, ...
const MULTIPLE: u64 = 8;
/// ... except for keys and values of one trit, whose target is 1.
const TERNARY_MULTIPLE: u64 = 11;
/// Nothing but this bounds a logit, which may be scaled without a shift and then needs a bit for its half.
const LOGIT_MULTIPLE: u64 = 16;

/// What to train and how. [`Config::check`] says whether it makes sense.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The preset that this started from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What a document is, where the text consists of documents: their beginnings and ends are learned. Needs pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<Documents>,
    /// What a token is.
    #[serde(default, skip_serializing_if = "VocabularyConfig::is_default")]
    pub vocabulary: VocabularyConfig,
    /// The shape of the model.
    pub model: ModelConfig,
    /// How it is trained.
    pub train: TrainConfig,
}

/// The shape of the model: [`Dims`] without the vocabulary, which the corpus decides.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The arithmetic of the forward pass.
    #[serde(default)]
    pub arithmetic: Arithmetic,
    /// Transformer blocks.
    pub layers: u16,
    /// Query heads, dividing `d_model`.
    pub heads: u16,
    /// Key and value heads, dividing `heads`. Fewer make a smaller KV cache.
    pub kv_heads: u16,
    /// Channels of the residual stream, a multiple of 4 for each head.
    pub d_model: u16,
    /// Channels of the MLP's hidden layer, a multiple of 4.
    #[serde(alias = "hidden")]
    pub d_ff: u16,
    /// Tokens that attention sees, the current one included; also the length of a training sequence.
    pub context: u16,
    /// Trits of a weight of the blocks' matrices.
    pub weight_trits: u8,
    /// Trits of a weight of the output head.
    pub head_trits: u8,
    /// Trits of a key's or a value's number in the KV cache: 1 or 2.
    pub kv_trits: u8,
    /// Trits of a number of the embedding, or 0 for a byte each.
    #[serde(default)]
    pub embedding_trits: u8,
    /// `token_shift[i]` channels of each half-block's input come from `i + 1` tokens back.
    #[serde(alias = "shift")]
    pub token_shift: [u16; TOKEN_SHIFT_REACH],
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", deny_unknown_fields)]
pub enum VocabularyConfig {
    /// A character.
    #[default]
    Characters,
    /// A piece of one or more characters, learned from the text.
    Pieces {
        /// Tokens of the vocabulary.
        size: u16,
        /// Characters that occur more rarely share the escape token.
        #[serde(default = "once")]
        min_count: u64,
    },
}

impl VocabularyConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

const fn once() -> u64 {
    1
}

/// The arithmetic of the forward pass.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arithmetic {
    /// The device's integers, exactly.
    #[default]
    Integer,
    /// The same with nothing rounded or clamped: the float twin, to compare with. No device runs it, so there is no model
    /// file of it; numbers of trits mean nothing to it. Only the CPU's default backend has it.
    Float,
}

/// Why a configuration cannot be trained.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no such preset.
    #[error("there is no preset {name:?}, choose one of {known}")]
    UnknownPreset {
        /// What was asked for.
        name: String,
        /// The presets there are.
        known: String,
    },
    /// The text is not a configuration.
    #[error("the configuration cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// What a configuration rests on cannot be read.
    #[error("{}: {why}", .path.display())]
    Base {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Files are each other's base.
    #[error("each of these files is the base of the one before it, without an end: {}", arrows(.0))]
    BaseCircle(Vec<PathBuf>),
    /// The shape makes no model.
    #[error("the shape of the model does not work: {0}")]
    Dims(#[from] DimsError),
    /// A hyper-parameter is out of range.
    #[error("train.{name} is {value}, it must be {rule}")]
    OutOfRange {
        /// The hyper-parameter.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// The batch cannot be divided evenly.
    #[error("train.batch is {batch}, it must be a multiple of train.shards, which is {shards}")]
    Shards {
        /// Sequences of a step.
        batch: usize,
        /// Parts.
        shards: usize,
    },
    /// Documents need a token for their end.
    #[error(
        "documents end with a token of their own, which a vocabulary of characters does not have: set kind = \"pieces\" and \
         a size under [vocabulary]"
    )]
    CharactersHaveNoEnd,
    /// A separator that separates nothing.
    #[error("documents.separator is empty: give a text that stands between two documents")]
    NoSeparator,
    /// Float arithmetic was asked of a backend that has none.
    #[error(
        "model.arithmetic is \"float\", which only the backend flex has: use it, or \"integer\""
    )]
    Float,
    /// Something was asked of a backend that has none.
    #[error(
        "train.{name} is not {without}, which only the backend flex has: use it, or train.{name} = {without}"
    )]
    OnlyFlex {
        /// The hyper-parameter.
        name: &'static str,
        /// What every backend has.
        without: &'static str,
    },
    /// The integers of the model do not fit the f32 that training computes with.
    #[error(
        "the sums of {what} reach {bound} before they are scaled, training in f32 is exact below {limit}: \
         use fewer trits or narrower layers"
    )]
    Inexact {
        /// Of which matrix.
        what: &'static str,
        /// What they reach.
        bound: u64,
        /// Where f32 ends to hold every integer.
        limit: u64,
    },
}

fn arrows(paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(|path| path.display().to_string());
    paths.collect::<Vec<_>>().join(" -> ")
}

impl Config {
    /// The preset called `name`, or by a name that it had.
    ///
    /// # Errors
    /// [`ConfigError::UnknownPreset`] with the names there are.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let name = renamed::preset(name);
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            return Err(ConfigError::UnknownPreset {
                name: name.to_owned(),
                known: PRESETS.map(|(known, _)| known).join(", "),
            });
        };
        let mut config = Self::from_toml(text)?;
        config.preset = Some(name.to_owned());
        Ok(config)
    }

    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`ConfigError::Toml`] with line and column, also for a key that is not known; then whatever
    /// [`Config::check`] finds.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// The dimensions for a vocabulary of `vocab` tokens.
    ///
    /// # Errors
    /// [`ConfigError::Dims`] when they make no model.
    pub fn dims(&self, vocab: u16) -> Result<Dims, ConfigError> {
        let model = &self.model;
        let dims = Dims {
            vocab_size: vocab,
            d_model: model.d_model,
            layers: model.layers,
            heads: model.heads,
            kv_heads: model.kv_heads,
            d_ff: model.d_ff,
            context: model.context,
            weight_trits: model.weight_trits,
            head_trits: model.head_trits,
            kv_trits: model.kv_trits,
            embedding_trits: model.embedding_trits,
            token_shift: model.token_shift,
        };
        dims.check()?;
        Ok(dims)
    }

    /// Whether this can be trained by plain tensor operations.
    ///
    /// # Errors
    /// [`ConfigError::Float`] and [`ConfigError::OnlyFlex`].
    pub fn check_tensors(&self) -> Result<(), ConfigError> {
        if self.model.arithmetic == Arithmetic::Float {
            return Err(ConfigError::Float);
        }
        let train = &self.train;
        let only = [
            ("dropout", "0", train.dropout > 0.0),
            ("teachers", "[]", !train.teachers.is_empty()),
        ];
        match only.into_iter().find(|(.., asked)| *asked) {
            Some((name, without, _)) => Err(ConfigError::OnlyFlex { name, without }),
            None => Ok(()),
        }
    }

    /// Whether this can be trained, and exactly: every integer of the forward pass, if it is of integers, must fit an f32.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self) -> Result<(), ConfigError> {
        // Characters decide nothing here; one token stands for any number of them.
        let dims = self.dims(match self.vocabulary {
            VocabularyConfig::Characters => 1,
            VocabularyConfig::Pieces { size, .. } => size,
        })?;
        match (&self.documents, self.vocabulary) {
            (Some(_), VocabularyConfig::Characters) => {
                return Err(ConfigError::CharactersHaveNoEnd);
            }
            (Some(Documents::Separator(text)), _) if text.is_empty() => {
                return Err(ConfigError::NoSeparator);
            }
            _ => {}
        }
        if self.model.arithmetic == Arithmetic::Float {
            return self.train.check();
        }
        let widest = u64::from(dims.d_model.max(dims.d_ff));
        let d = u64::from(dims.d_model);
        exact("the blocks' matrices", MULTIPLE, widest, dims.weight_trits)?;
        exact("keys and values", TERNARY_MULTIPLE, d, dims.weight_trits)?;
        exact("the output head", LOGIT_MULTIPLE, d, dims.head_trits)?;
        exact("attention", MULTIPLE, dims.context.into(), dims.kv_trits)?;
        self.train.check()
    }
}

/// Whether `multiple` times the sum of `inputs` activations times weights of `trits` trits stays exact in f32.
fn exact(what: &'static str, multiple: u64, inputs: u64, trits: u8) -> Result<(), ConfigError> {
    let weight = u64::from(formats::trits::max_value(trits).unsigned_abs());
    let activation = u64::from(MAX_ACTIVATION.unsigned_abs());
    let bound = multiple * activation * weight * inputs + ROUNDING_ROOM;
    if bound >= F32_EXACT {
        return Err(ConfigError::Inexact {
            what,
            bound,
            limit: F32_EXACT,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_loads_and_survives_a_round_trip() {
        for (name, _) in PRESETS {
            let config = Config::preset(name).unwrap();
            assert_eq!(config.preset.as_deref(), Some(name));
            let text = toml::to_string(&config).unwrap();
            assert_eq!(Config::from_toml(&text).unwrap(), config);
        }
        assert_eq!(
            Config::preset("microbit")
                .unwrap()
                .dims(65)
                .unwrap()
                .parameters(),
            707_921
        );
        let seed = Config::preset("base").unwrap().dims(65).unwrap();
        assert!(seed.parameters() <= 830_000, "{}", seed.parameters());
    }

    #[test]
    fn errors_name_the_cause() {
        let error = Config::preset("slow").unwrap_err().to_string();
        assert!(
            error.contains("quick, microbit, microbit-pieces, base"),
            "{error}"
        );

        let quick = PRESETS[0].1;
        let error = |text: &str| Config::from_toml(text).unwrap_err();
        let unknown = error(&format!("{quick}\nlearning_rat = 1")).to_string();
        assert!(unknown.contains("learning_rat"), "{unknown}");
        let double =
            error(&quick.replace("[model]", "[model]\narithmetic = \"double\"")).to_string();
        assert!(double.contains("`integer` or `float`"), "{double}");
        assert!(matches!(
            error(&quick.replace("kv_heads = 1", "kv_heads = 3")),
            ConfigError::Dims(DimsError::NotMultiple { name: "heads", .. })
        ));
        assert!(matches!(
            error(&quick.replace("shards = 8", "shards = 3")),
            ConfigError::Shards {
                batch: 16,
                shards: 3
            }
        ));
        assert!(matches!(
            error(&quick.replace("learning_rate = 3e-3", "learning_rate = nan")),
            ConfigError::OutOfRange {
                name: "learning_rate",
                ..
            }
        ));
    }

    #[test]
    fn what_tensors_cannot_do_is_named() {
        let mut config = Config::preset("quick").unwrap();
        assert_eq!(config.check_tensors(), Ok(()));
        config.train.teachers.push("runs/teacher".into());
        let error = config.check_tensors().unwrap_err().to_string();
        assert!(error.contains("train.teachers is not []"), "{error}");
    }

    #[test]
    fn a_shape_that_f32_cannot_hold_is_refused_with_numbers() {
        let mut config = Config::preset("quick").unwrap();
        config.model.weight_trits = 5;
        // 8 * 31 * 121 * 512 + 2^15
        assert_eq!(config.check(), Ok(()));
        (config.model.d_model, config.model.d_ff) = (64, 1024);
        assert_eq!(
            config.check(),
            Err(ConfigError::Inexact {
                what: "the blocks' matrices",
                bound: 8 * 31 * 121 * 1024 + (1 << 15),
                limit: 1 << 24,
            })
        );
        config.model.arithmetic = Arithmetic::Float;
        assert_eq!(config.check(), Ok(()));
        let text = toml::to_string(&config).unwrap();
        assert_eq!(Config::from_toml(&text), Ok(config));
    }
}
