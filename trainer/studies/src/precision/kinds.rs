//! What the study trains: nine kinds of model, all by the recipe of one experiment.

use trainer::config::{Arithmetic, Config, Keep};

/// The recipe and the shape that all kinds share but for what [`Kind`] names.
const RECIPE: &str = include_str!("../../../experiments/a3-muon3.toml");

/// One kind of model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Its name, also in `--only`.
    pub name: &'static str,
    /// Trits of every weight, the head's included; none of a float model.
    pub trits: Option<u8>,
    /// Channels of the residual stream; half of them are shifted by a token.
    pub d_model: u16,
    /// Channels of the hidden layer.
    pub hidden: u16,
}

const fn kind(name: &'static str, trits: Option<u8>, d_model: u16, hidden: u16) -> Kind {
    Kind {
        name,
        trits,
        d_model,
        hidden,
    }
}

/// The ternary model that everything is compared with.
pub const BASE: &str = "trits-1";

/// Every kind, in the order of the report.
pub const KINDS: [Kind; 9] = [
    kind(BASE, Some(1), 128, 512),
    kind("trits-2", Some(2), 128, 512),
    kind("trits-3", Some(3), 128, 512),
    kind("trits-5", Some(5), 128, 512),
    kind("float", None, 128, 512),
    kind("bytes-2", Some(2), 96, 320),
    kind("bytes-3", Some(3), 80, 256),
    kind("bytes-5", Some(5), 64, 176),
    kind("wide-1", Some(1), 256, 1024),
];

/// A question of the study: kinds to compare, from little precision to much.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// In words.
    pub title: &'static str,
    /// Names of kinds.
    pub kinds: &'static [&'static str],
}

/// The questions, in the order of the report.
pub const QUESTIONS: [Question; 3] = [
    Question {
        title: "The same shape at several precisions",
        kinds: &[BASE, "trits-2", "trits-3", "trits-5", "float"],
    },
    Question {
        title: "The same number of bytes",
        kinds: &[BASE, "bytes-2", "bytes-3", "bytes-5"],
    },
    Question {
        title: "Twice the width against the float twin",
        kinds: &[BASE, "wide-1", "float"],
    },
];

impl Kind {
    /// The kind called `name`.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.name == name)
    }

    /// How it is trained.
    pub fn config(&self, steps: u64, seed: u64) -> Config {
        let mut config: Config = toml::from_str(RECIPE).expect("an experiment is a configuration");
        let model = &mut config.model;
        model.arithmetic = match self.trits {
            Some(_) => Arithmetic::Integer,
            None => Arithmetic::Float,
        };
        model.weight_trits = self.trits.unwrap_or(1);
        model.head_trits = model.weight_trits;
        (model.d_model, model.d_ff) = (self.d_model, self.hidden);
        model.token_shift = [self.d_model / 2, 0, 0];
        let train = &mut config.train;
        (train.steps, train.seed) = (steps, seed);
        // The study measures by itself, at the end.
        (train.eval_interval, train.keep) = (steps, Keep::Last);
        config
    }

    /// Such as `1 trit`, `5 trits`, `float`.
    pub fn precision(&self) -> String {
        match self.trits {
            Some(1) => "1 trit".to_owned(),
            Some(trits) => format!("{trits} trits"),
            None => "float".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use trainer::export::build::{Origin, export};
    use trainer::model::transformer::Transformer;

    /// A vocabulary of the size of Tiny Shakespeare's.
    const CHARACTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz{|";

    fn file_bytes(kind: Kind) -> usize {
        let dims = kind.config(1, 1).dims(65).unwrap();
        let model = Transformer::new(&dims, &Device::flex(), 1);
        let origin = Origin {
            corpus: "tinyshakespeare.txt".to_owned(),
            corpus_sha256: [0; 32],
            preset: kind.name.to_owned(),
            seed: 1,
            trainer: String::new(),
            ..Origin::default()
        };
        let file = export(
            &model.weights(),
            &dims,
            formats::Tokenizer::Characters(CHARACTERS),
            &origin,
            1,
        )
        .unwrap();
        file.bytes().len()
    }

    #[test]
    fn every_kind_can_be_trained_and_every_question_names_kinds() {
        for kind in KINDS {
            kind.config(100, 1).check().unwrap();
        }
        for name in QUESTIONS.iter().flat_map(|question| question.kinds) {
            assert!(Kind::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_kinds_of_equal_bytes_have_files_of_nearly_the_same_size() {
        let base = file_bytes(Kind::named(BASE).unwrap()) as f64;
        for name in QUESTIONS[1].kinds {
            let ratio = file_bytes(Kind::named(name).unwrap()) as f64 / base;
            assert!((ratio - 1.0).abs() < 0.02, "{name}: {ratio}");
        }
    }
}
