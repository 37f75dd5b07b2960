//! Everything that training needs to continue bit for bit, in one file.
//!
//! Eight bytes of magic, the length of the header as u32, the header as JSON, then every tensor's numbers as f32:
//! parameter, first moment, second moment, parameter after parameter; last, the SHA-256 of all that. Little-endian.

use crate::config::{Config, TrainConfig};
use crate::export::model_file::CHECKPOINT_MAGIC;
use crate::model::transformer::Transformer;
use crate::optim::adamw::AdamW;
use crate::util::files::{self, FileError, write_keeping, write_whole};
use burn::tensor::Device;
use formats::Dims;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const DIGEST_BYTES: usize = 32;

/// What a checkpoint says about itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The configuration of the run.
    pub config: Config,
    /// Tokens of the vocabulary.
    pub vocab: u16,
    /// Steps taken. With the seed in `config`, all that the order of the text depends on.
    pub step: u64,
    /// Loss on the validation split at this step, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub val_loss: Option<f64>,
    /// Name and length of every parameter, in the order of the module's fields.
    pub parameters: Vec<(String, usize)>,
}

/// What a checkpoint holds.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// The configuration of the run.
    pub config: &'a Config,
    /// The dimensions of its model.
    pub dims: &'a Dims,
    /// Steps taken.
    pub step: u64,
    /// Loss on the validation split at this step, where it was measured.
    pub val_loss: Option<f64>,
    /// The parameters and their moments.
    pub optimizer: &'a AdamW,
}

/// Why a checkpoint cannot be written or continued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is no checkpoint, or not a whole one.
    #[error("{path} is not a whole checkpoint: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The file belongs to another run.
    #[error(
        "{path} belongs to another run: its {what} is {found}, this run's is {expected}; start a new run or give the \
         configuration it was made with"
    )]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
        /// What the checkpoint has.
        found: String,
        /// What the run has.
        expected: String,
    },
}

/// Writes a checkpoint: to a temporary file beside it, then in its place, so that an interruption leaves the old one.
/// With `previous`, the old one is kept under that name; an interruption between the two renames leaves it there alone.
///
/// # Errors
/// [`CheckpointError::File`].
pub fn save(
    path: &Path,
    previous: Option<&Path>,
    state: &State<'_>,
) -> Result<(), CheckpointError> {
    let optimizer = state.optimizer;
    let header = Header {
        config: state.config.clone(),
        vocab: state.dims.vocab_size,
        step: state.step,
        val_loss: state.val_loss,
        parameters: parameters(optimizer),
    };
    let header = serde_json::to_vec(&header).expect("a header has nothing that JSON lacks");
    let length = u32::try_from(header.len()).expect("a header is short");
    let mut bytes = CHECKPOINT_MAGIC.to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(header);
    for slot in optimizer.slots() {
        for numbers in [&slot.latent.values, &slot.first, &slot.second] {
            bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    match previous {
        Some(previous) => write_keeping(path, previous, &bytes)?,
        None => write_whole(path, &bytes)?,
    }
    Ok(())
}

/// The header of a checkpoint: enough to build the trainer that continues it.
///
/// # Errors
/// [`CheckpointError::File`] and [`CheckpointError::Damaged`].
pub fn read_header(path: &Path) -> Result<Header, CheckpointError> {
    Ok(read(path)?.0)
}

/// Fills `optimizer` from a checkpoint of the same run and returns the steps taken.
///
/// # Errors
/// Every [`CheckpointError`]; `optimizer` is untouched then. The number of steps, the intervals, the preset's name
/// and the places of its teachers may differ from the checkpoint's; everything else must not.
pub fn load(
    path: &Path,
    config: &Config,
    dims: &Dims,
    optimizer: &mut AdamW,
) -> Result<u64, CheckpointError> {
    let (header, payload) = read(path)?;
    fill(path, &header, &payload, config, dims, optimizer)?;
    Ok(header.step)
}

/// Fills `optimizer` with what was read from `path`, if it is of the same run.
fn fill(
    path: &Path,
    header: &Header,
    payload: &[u8],
    config: &Config,
    dims: &Dims,
    optimizer: &mut AdamW,
) -> Result<(), CheckpointError> {
    let mismatch = |what: &str, found: String, expected: String| CheckpointError::Mismatch {
        path: path.to_owned(),
        what: what.to_owned(),
        found,
        expected,
    };
    if header.vocab != dims.vocab_size {
        return Err(mismatch(
            "vocabulary",
            header.vocab.to_string(),
            dims.vocab_size.to_string(),
        ));
    }
    compare(&header.config, config)
        .map_err(|(what, found, expected)| mismatch(&what, found, expected))?;
    if header.parameters != parameters(optimizer) {
        let total = |parameters: &[(String, usize)]| {
            let numbers: usize = parameters.iter().map(|(_, len)| len).sum();
            format!("{} tensors of {numbers} numbers", parameters.len())
        };
        return Err(mismatch(
            "model",
            total(&header.parameters),
            total(&parameters(optimizer)),
        ));
    }
    let mut numbers = payload
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes));
    for slot in optimizer.slots_mut() {
        for tensor in [&mut slot.latent.values, &mut slot.first, &mut slot.second] {
            tensor
                .iter_mut()
                .zip(&mut numbers)
                .for_each(|(to, from)| *to = from);
        }
    }
    Ok(())
}

/// The model of a checkpoint of `config` and `dims`, on the CPU, with the checkpoint's header and the SHA-256 of the
/// model's latent weights (f32, little-endian).
///
/// # Errors
/// As [`load`].
pub fn transformer(
    path: &Path,
    config: &Config,
    dims: &Dims,
) -> Result<(Header, Transformer, [u8; 32]), CheckpointError> {
    let (header, payload) = read(path)?;
    // Before there is room for a model of any size that a header names.
    let numbers: usize = header.parameters.iter().map(|(_, len)| len).sum();
    if numbers as u64 != dims.parameters() {
        return Err(CheckpointError::Damaged {
            path: path.to_owned(),
            why: format!(
                "it has {numbers} parameters, its configuration {}",
                dims.parameters()
            ),
        });
    }
    let model = Transformer::new(dims, &Device::flex(), 0);
    let mut optimizer = AdamW::new(model.latents());
    fill(path, &header, &payload, config, dims, &mut optimizer)?;
    let latents = optimizer.slots().iter().map(|slot| &slot.latent.values);
    let mut digest = Sha256::new();
    for number in latents.clone().flatten() {
        digest.update(number.to_le_bytes());
    }
    let model = model.with_latents(latents.map(Vec::as_slice));
    Ok((header, model, digest.finalize().into()))
}

/// The checked header and the numbers behind it.
fn read(path: &Path) -> Result<(Header, Vec<u8>), CheckpointError> {
    let mut bytes = files::read(path)?;
    let damaged = |why: &str| CheckpointError::Damaged {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    if !bytes.starts_with(CHECKPOINT_MAGIC) {
        return Err(damaged("it does not start as one"));
    }
    let short = || damaged("it ends too early");
    let split = bytes.len().checked_sub(DIGEST_BYTES).ok_or_else(short)?;
    let digest = bytes.split_off(split);
    if Sha256::digest(&bytes).as_slice() != digest {
        return Err(damaged("its checksum differs"));
    }
    let rest = bytes.get(CHECKPOINT_MAGIC.len()..).ok_or_else(short)?;
    let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (header, payload) = rest.split_at_checked(length).ok_or_else(short)?;
    let header: Header =
        serde_json::from_slice(header).map_err(|error| damaged(&error.to_string()))?;
    // A length of any size can stand in a file.
    let bytes = header
        .parameters
        .iter()
        .try_fold(0usize, |bytes, (_, len)| {
            bytes.checked_add(len.checked_mul(3 * size_of::<f32>())?)
        });
    if bytes != Some(payload.len()) {
        return Err(damaged("its numbers do not fit its header"));
    }
    let numbers = payload.as_chunks().0;
    if !numbers
        .iter()
        .all(|bytes| f32::from_le_bytes(*bytes).is_finite())
    {
        return Err(damaged("some of its numbers are infinite or none"));
    }
    Ok((header, payload.to_vec()))
}

fn parameters(optimizer: &AdamW) -> Vec<(String, usize)> {
    optimizer
        .slots()
        .iter()
        .map(|slot| (slot.latent.name.clone(), slot.latent.values.len()))
        .collect()
}

/// The first setting that differs and matters: its name, the checkpoint's value, the run's.
fn compare(found: &Config, expected: &Config) -> Result<(), (String, String, String)> {
    let flat = |config: &Config| {
        let mut config = config.clone();
        config.preset = None;
        let free = &mut config.train;
        let any = TrainConfig::default();
        (free.steps, free.checkpoint_seconds) = (any.steps, any.checkpoint_seconds);
        (free.eval_interval, free.keep, free.patience) =
            (any.eval_interval, any.keep, any.patience);
        free.teachers.clear();
        let config = serde_json::to_value(&config).expect("a configuration is JSON");
        let sections = config.as_object().into_iter().flatten();
        sections
            .flat_map(|(section, keys)| {
                let keys = keys.as_object().into_iter().flatten();
                keys.map(move |(key, value)| (format!("{section}.{key}"), value.to_string()))
            })
            .collect::<Vec<_>>()
    };
    for ((key, found), (_, expected)) in flat(found).into_iter().zip(flat(expected)) {
        if found != expected {
            return Err((key, found, expected));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
