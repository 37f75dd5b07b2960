use super::*;
use crate::config::Config;
use crate::config::backend::Compute;
use crate::data::corpus::{Choice, Options};
use crate::train::run_dir::RunInfo;

fn text() -> Dataset {
    Dataset::new("a counted text. ".repeat(60), 12).unwrap()
}

fn info(text: &Dataset) -> RunInfo {
    RunInfo {
        vocabulary: text.vocabulary.clone(),
        origin: Origin {
            corpus: "counted".to_owned(),
            corpus_sha256: [0; 32],
            preset: "tiny".to_owned(),
            seed: 1,
            trainer: String::new(),
            ..Origin::default()
        },
        data: Choice::Builtin,
        reading: Options::default(),
        teachers: Vec::new(),
        init: None,
    }
}

fn config(steps: u64) -> Config {
    let mut config = Config::preset("quick").unwrap();
    let model = &mut config.model;
    (model.layers, model.heads, model.kv_heads) = (1, 2, 1);
    (model.d_model, model.d_ff, model.context) = (16, 32, 12);
    model.token_shift = [8, 0, 0];
    let train = &mut config.train;
    (train.batch, train.shards, train.warmup) = (4, 2, 2);
    (train.steps, train.eval_interval) = (steps, 2);
    config
}

fn trainer(config: Config, text: &Dataset) -> Trainer {
    let dims = config.dims(text.vocab()).unwrap();
    Trainer::new(config, dims, text.train.clone(), Compute::Backprop).unwrap()
}

static GO_ON: AtomicBool = AtomicBool::new(false);

#[test]
fn the_best_checkpoint_outlives_a_resumption_from_before_it() {
    let (text, parent) = (text(), tempfile::tempdir().unwrap());
    let folder = RunDir::open(parent.path());
    let mut ahead = trainer(config(100), &text);
    ahead.step().unwrap();
    ahead
        .save(&folder.best_checkpoint(), None, Some(1.25))
        .unwrap();
    let info = info(&text);
    let best = |steps| {
        let run = Run::new(trainer(config(steps), &text), &folder, &text, &info);
        run.unwrap().best()
    };
    let loss = 1.25;
    assert_eq!(best(100), Some(Best { step: 1, loss }));
    // Another schedule may not come past it.
    assert_eq!(best(200), None);
}

#[test]
fn evaluations_happen_at_steps_and_the_lowest_loss_is_the_result() {
    let (text, parent) = (text(), tempfile::tempdir().unwrap());
    let folder = RunDir::open(parent.path());
    let info = info(&text);
    let mut overfit = config(7);
    // From the fourth step on it only gets worse.
    overfit.train.learning_rate = 0.5;
    let mut run = Run::new(trainer(overfit, &text), &folder, &text, &info).unwrap();
    run.train(&GO_ON).unwrap();
    let best = run.best().unwrap();
    let mut trainer = run.into_trainer();
    let rows: Vec<Row> = crate::train::metrics::read(&folder.metrics()).unwrap();
    let measured: Vec<(u64, f64)> = rows
        .iter()
        .filter_map(|row| Some((row.step, row.val_loss?)))
        .collect();
    let steps: Vec<u64> = measured.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [2, 4, 6, 7]);
    let lowest = measured.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(best.step, lowest.unwrap().0);
    assert!(best.step < 7, "{measured:?}");
    take_result(&mut trainer, &folder, Some(best)).unwrap();
    assert_eq!(trainer.steps(), best.step);
}

#[test]
fn patience_ends_a_run_that_gets_no_better() {
    let (text, parent) = (text(), tempfile::tempdir().unwrap());
    let folder = RunDir::open(parent.path());
    let info = info(&text);
    let mut patient = config(400);
    (patient.train.learning_rate, patient.train.patience) = (0.5, 3);
    let mut run = Run::new(trainer(patient, &text), &folder, &text, &info).unwrap();
    run.train(&GO_ON).unwrap();
    let (best, steps) = (run.best().unwrap(), run.into_trainer().steps());
    assert_eq!(steps, best.step + 3 * 2);
    assert!(steps < 400);
    // Its checkpoint is of the step that it ended at.
    assert_eq!(read_header(&folder.checkpoint()).unwrap().step, steps);
}

#[test]
fn an_evaluation_that_was_stopped_is_made_up_for() {
    let (text, parent) = (text(), tempfile::tempdir().unwrap());
    let info = info(&text);
    let run_in = |name: &str| {
        let path = parent.path().join(name);
        std::fs::create_dir(&path).unwrap();
        RunDir::open(&path)
    };
    let (whole, parts) = (run_in("whole"), run_in("parts"));
    let mut run = Run::new(trainer(config(4), &text), &whole, &text, &info).unwrap();
    run.train(&GO_ON).unwrap();
    // Stopped after every step; after the second, while it evaluates, and again before that is made up for.
    for stopped in [true, true, true, false] {
        let mut trainer = trainer(config(4), &text);
        resume(&mut trainer, &parts).unwrap();
        let mut run = Run::new(trainer, &parts, &text, &info).unwrap();
        let result = run.train(&AtomicBool::new(stopped));
        assert_eq!(matches!(result, Err(TrainError::Stopped { .. })), stopped);
    }
    let rows = |folder: &RunDir| {
        let rows: Vec<Row> = crate::train::metrics::read(&folder.metrics()).unwrap();
        let measured = rows
            .iter()
            .filter_map(|row| Some((row.step, row.val_loss?)));
        measured.collect::<Vec<_>>()
    };
    assert_eq!(rows(&parts), rows(&whole));
    let bytes = |folder: &RunDir| std::fs::read(folder.best_checkpoint()).unwrap();
    assert_eq!(bytes(&parts), bytes(&whole));
}
