//! What programs around an engine rely on: threads, serde.

use runtime::codec::{Compress, Decompress, Forecast};
use runtime::{
    Engine, Generate, Logits, Model, Sampler, Sampling, Score, State, StopStrings, Until,
};

#[test]
fn engines_and_what_belongs_to_them_can_move_between_threads() {
    fn send_and_sync<T: Send + Sync + Unpin + 'static>() {}
    send_and_sync::<Model<'static>>();
    send_and_sync::<Engine<'static, 'static>>();
    send_and_sync::<State<1, 1, 1>>();
    send_and_sync::<Generate<'static, 'static, 'static>>();
    send_and_sync::<Until<'static, 'static, 'static, 'static, 8>>();
    send_and_sync::<(
        Sampler,
        Sampling,
        Score,
        Logits<'static>,
        StopStrings<'static, 8>,
    )>();
    send_and_sync::<Compress<'static, 'static, 'static>>();
    send_and_sync::<Decompress<'static, 'static, 'static>>();
    send_and_sync::<Forecast<'static, 'static, 'static>>();
    #[cfg(feature = "alloc")]
    send_and_sync::<(runtime::OwnedModel, runtime::HeapState)>();
    #[cfg(feature = "std")]
    send_and_sync::<runtime::Batch>();
}

#[cfg(feature = "alloc")]
mod owned {
    use super::*;
    use runtime::{HeapState, OwnedModel, ParseError};

    const MICROBIT: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");

    fn text(model: &Model<'_>, seed: u64) -> String {
        let mut state = HeapState::new(&model.plan());
        let mut engine = Engine::new(*model, state.buffers()).unwrap();
        let text = Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, seed);
        text.unwrap().pieces().take(40).collect()
    }

    #[cfg_attr(target_family = "wasm", ignore = "no threads there")]
    #[test]
    fn threads_share_a_model_and_each_writes_what_one_alone_would() {
        let model = OwnedModel::parse(MICROBIT.to_vec()).unwrap();
        let threads = [1, 2, 3].map(|seed| {
            let model = model.clone();
            std::thread::spawn(move || text(model.get(), seed))
        });
        // The others keep the bytes.
        drop(model);
        let borrowed = Model::parse(MICROBIT).unwrap();
        for (thread, seed) in threads.into_iter().zip(1..) {
            assert_eq!(thread.join().unwrap(), text(&borrowed, seed));
        }
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        let error = OwnedModel::parse(MICROBIT[..100].to_vec()).unwrap_err();
        assert!(matches!(error, ParseError::Length { have: 100, .. }));
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_path_is_opened_or_says_why_not() {
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware-examples/models");
        let model = OwnedModel::open(format!("{models}/microbit.aut")).unwrap();
        assert_eq!(model.get().id(), Model::parse(MICROBIT).unwrap().id());
        assert!(format!("{model:?}").contains("vocab_size: 65"));
        let error = OwnedModel::open(format!("{models}/none.aut")).unwrap_err();
        assert!(error.to_string().starts_with("the file cannot be read"));
    }
}

#[cfg(feature = "serde")]
mod serial {
    use super::*;
    use runtime::Dims;
    use serde_json::{from_str, to_string};

    #[test]
    fn settings_are_read_as_they_were_written_and_may_be_left_out() {
        let sampling = Sampling {
            temperature: 80,
            top_k: 7,
            ..Sampling::DEFAULT
        };
        let text = to_string(&sampling).unwrap();
        assert_eq!(from_str::<Sampling>(&text).unwrap(), sampling);
        let part: Sampling = from_str(r#"{"temperature": 80, "top_k": 7}"#).unwrap();
        assert_eq!(part, sampling);
        assert!(from_str::<Sampling>(r#"{"temprature": 80}"#).is_err());
    }

    #[test]
    fn dimensions_are_checked() {
        let file = include_bytes!("../../firmware-examples/models/microbit.aut");
        let dims = *Model::parse(file).unwrap().dims();
        let text = to_string(&dims).unwrap();
        assert_eq!(from_str::<Dims>(&text).unwrap(), dims);
        let error = from_str::<Dims>(&text.replace("\"heads\":4", "\"heads\":0")).unwrap_err();
        assert!(error.to_string().contains("heads is 0"), "{error}");
    }
}
