//! What teachers must do, and who can be one.

use super::*;
use crate::config::backend::Compute;
use crate::config::{Arithmetic, Config};
use crate::data::corpus::{Choice, Options};
use crate::data::vocabulary::Vocabulary;
use crate::export::build::Origin;
use crate::export::measure::cross_entropy;
use crate::train::run_dir::RunInfo;
use crate::train::trainer::Trainer;
use std::sync::LazyLock;

const CHARACTERS: &str = "\n abcde";

fn config() -> Config {
    let mut config = Config::preset("quick").unwrap();
    let model = &mut config.model;
    (model.layers, model.heads, model.kv_heads) = (1, 2, 1);
    (model.d_model, model.d_ff, model.context) = (16, 32, 12);
    model.token_shift = [8, 0, 0];
    let train = &mut config.train;
    (train.steps, train.warmup, train.batch, train.shards) = (2, 1, 4, 2);
    config
}

fn trainer(config: &Config) -> Trainer {
    let tokens: Vec<u16> = (0..500).map(|i| i % 7).collect();
    Trainer::new(
        config.clone(),
        config.dims(7).unwrap(),
        tokens,
        Compute::Backprop,
    )
    .unwrap()
}

static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::Characters(CHARACTERS.to_owned()));

fn of_the_run() -> Student<'static> {
    Student {
        vocabulary: &VOCABULARY,
        corpus_sha256: [0; 32],
        context: 12,
        document_start: None,
    }
}

/// A run of `steps` steps in `path`.
fn teach(path: &Path, config: &Config, steps: u64) -> Trainer {
    std::fs::create_dir_all(path).unwrap();
    let folder = RunDir::open(path);
    let info = RunInfo {
        vocabulary: VOCABULARY.clone(),
        origin: Origin {
            corpus: "a count".to_owned(),
            corpus_sha256: [0; 32],
            preset: "teacher".to_owned(),
            seed: config.train.seed,
            trainer: String::new(),
            ..Origin::default()
        },
        data: Choice::Builtin,
        reading: Options::default(),
        teachers: Vec::new(),
        init: None,
    };
    folder.describe(config, &info).unwrap();
    let mut trainer = trainer(config);
    for _ in 0..steps {
        trainer.step().unwrap();
    }
    trainer.save(&folder.checkpoint(), None, None).unwrap();
    trainer
}

#[test]
fn a_lesson_is_the_mean_of_what_the_teachers_hold_probable() {
    let parent = tempfile::tempdir().unwrap();
    let folders = [1, 2].map(|seed| parent.path().join(format!("{seed}")));
    let trainers = [0, 1].map(|i: usize| {
        let mut config = config();
        config.train.seed = 1 + i as u64;
        teach(&folders[i], &config, 2)
    });
    let tokens: Vec<u16> = (0..12).map(|i| i * i % 7).collect();
    let teachers = Teachers::load(&folders, &of_the_run(), 0.5).unwrap();
    let mut targets = teachers.targets().unwrap();
    assert_eq!(targets.weight(), 0.5);
    // The second time it uses the same room.
    targets.after(&[0; 12], None);
    let shown = targets.after(&tokens, None);
    let logits = trainers.each_ref().map(|trainer| trainer.logits(&tokens));
    for (at, shown) in shown.chunks_exact(7).enumerate() {
        for (token, &shown) in shown.iter().enumerate() {
            let of = |logits: &Vec<Vec<i32>>| (-cross_entropy(&logits[at], token as u16)).exp();
            let expected = 0.5 * (of(&logits[0]) + of(&logits[1]));
            assert!(
                (f64::from(shown) - expected).abs() < 1e-5,
                "{shown} {expected}"
            );
        }
    }
    assert!(Teachers::default().targets().is_none());
}

#[test]
fn a_text_read_at_once_gives_the_lessons_of_windows_that_begin_half_a_context_before() {
    let parent = tempfile::tempdir().unwrap();
    let folders = [parent.path().join("teacher")];
    teach(&folders[0], &config(), 2);
    let tokens: Vec<u16> = (0..100).map(|i| i * i % 7).collect();
    let text = tokens.clone().into();
    let mut teachers = Teachers::load(&folders, &of_the_run(), 0.5).unwrap();
    teachers.read(&text, 299);
    assert!(teachers.lessons.is_none(), "read less than three times");
    let by_the_models = |start: usize| {
        let mut targets = teachers.targets().unwrap();
        targets.after(&tokens[start..start + 12], None).to_vec()
    };
    // The part from 48 on was read from 42 on, the one from 54 from 48.
    let windows = [42, 48].map(by_the_models);
    let expected = windows.iter().flat_map(|window| &window[6 * 7..]);
    let expected: Vec<f32> = expected.copied().collect();
    let begin = by_the_models(0);
    teachers.read(&text, 300);
    let mut targets = teachers.targets().unwrap();
    let same = |shown: &[f32], expected: &[f32]| {
        let close = |(s, e): (&f32, &f32)| (s - e).abs() < 1e-5;
        assert!(
            shown.iter().zip(expected).all(close),
            "{shown:?} {expected:?}"
        );
    };
    same(targets.after(&tokens[48..60], Some(48)), &expected);
    same(targets.after(&tokens[..12], Some(0)), &begin);
    // The last part is a shorter one.
    let sum: f32 = targets.after(&tokens[88..], Some(88)).iter().sum();
    assert!((sum - 12.0).abs() < 1e-3, "{sum}");
    // Of a sequence that is not the text's the models say what they hold probable.
    same(targets.after(&tokens[..12], None), &begin);
}

#[test]
fn a_student_of_teachers_alone_comes_to_think_as_they_do() {
    let parent = tempfile::tempdir().unwrap();
    let mut teacher = config();
    teacher.train.steps = 40;
    teacher.model.arithmetic = Arithmetic::Float;
    teach(parent.path(), &teacher, 40);
    let mut student = config();
    (student.train.steps, student.train.learning_rate) = (40, 1e-2);
    student.train.seed = 9;
    let folders = vec![parent.path().to_owned()];
    let tokens: Vec<u16> = (0..12).map(|i| i % 7).collect();
    let distance = |trainer: &Trainer, targets: &mut TeacherTargets<'_>| -> f64 {
        let logits = trainer.logits(&tokens);
        let shown = targets.after(&tokens, None).chunks_exact(7).zip(&logits);
        shown
            .flat_map(|(shown, logits)| {
                let of = |token| (-cross_entropy(logits, token as u16)).exp();
                let pairs = shown.iter().enumerate();
                pairs.map(move |(token, &p)| (f64::from(p) - of(token)).abs())
            })
            .sum()
    };
    let load = || Teachers::load(&folders, &of_the_run(), 1.0).unwrap();
    let shown = load();
    let mut targets = shown.targets().unwrap();
    let mut trainer = trainer(&student);
    trainer.learn_from(load());
    let before = distance(&trainer, &mut targets);
    for _ in 0..40 {
        trainer.step().unwrap();
    }
    let after = distance(&trainer, &mut targets);
    assert!(after < 0.5 * before, "{before} {after}");
}

#[test]
fn who_cannot_teach_is_told_why() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("teacher");
    let error = |student: Student<'_>| {
        let folders = [path.clone()];
        let error = Teachers::load(&folders, &student, 0.5).unwrap_err();
        error.to_string()
    };
    let none = error(of_the_run());
    assert!(
        none.contains("before this") && none.contains("config.toml"),
        "{none}"
    );
    let named = hint(Path::new("a/base-float-1"));
    assert!(
        named.contains("--preset base-float --out a/base-float-1`"),
        "{named}"
    );
    teach(&path, &config(), 0);
    std::fs::remove_file(RunDir::open(&path).checkpoint()).unwrap();
    let begun = error(of_the_run());
    assert!(begun.contains("step 0 of 2"), "{begun}");
    teach(&path, &config(), 1);
    let unfinished = error(of_the_run());
    assert!(unfinished.contains("step 1 of 2") && unfinished.contains("--resume"));
    teach(&path, &config(), 2);
    let vocabulary = Vocabulary::Characters("abcdefg".to_owned());
    let characters = Student {
        vocabulary: &vocabulary,
        ..of_the_run()
    };
    let text = Student {
        corpus_sha256: [1; 32],
        ..of_the_run()
    };
    for other in [characters, text] {
        assert!(error(other).contains("another text (a count)"));
    }
    let context = |context| Student {
        context,
        ..of_the_run()
    };
    assert!(error(context(16)).contains("a context of 12, this one of 16"));
    let checkpoint = RunDir::open(&path).checkpoint();
    std::fs::write(&checkpoint, "no").unwrap();
    assert!(error(of_the_run()).contains("not a whole checkpoint"));
}

#[test]
fn a_student_of_less_context_is_shown_the_same() {
    let parent = tempfile::tempdir().unwrap();
    teach(parent.path(), &config(), 2);
    let folders = [parent.path().to_owned()];
    let shown = |context| {
        let student = Student {
            context,
            ..of_the_run()
        };
        let teachers = Teachers::load(&folders, &student, 0.5).unwrap();
        let mut targets = teachers.targets().unwrap();
        targets
            .after(
                &[1, 4, 2, 6, 0, 3, 5, 1, 2, 2, 0, 4][..context.into()],
                None,
            )
            .to_vec()
    };
    assert_eq!(shown(7), shown(12)[..7 * 7]);
}

#[test]
fn other_teachers_than_those_of_the_description_are_noticed() {
    let parent = tempfile::tempdir().unwrap();
    let folders = [1, 2].map(|seed| {
        let folder = parent.path().join(format!("{seed}"));
        let mut config = config();
        config.train.seed = seed;
        teach(&folder, &config, 2);
        folder
    });
    let teachers = Teachers::load(&folders, &of_the_run(), 0.5).unwrap();
    let taught = teachers.taught();
    assert_ne!(taught[0].weights_sha256, taught[1].weights_sha256);
    assert_eq!((taught[1].seed, taught[1].steps), (2, 2));
    assert!(teachers.check(&folders, taught).is_ok());
    let other = [taught[0].clone(), taught[0].clone()];
    for described in [&other[..], &taught[..1], &[]] {
        let error = teachers.check(&folders, described).unwrap_err();
        assert!(error.to_string().contains("--teacher DIR"), "{error}");
    }
}

#[test]
fn a_run_with_the_checkpoint_before_the_last_alone_teaches() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("teacher");
    teach(&path, &config(), 2);
    let folder = RunDir::open(&path);
    std::fs::rename(folder.checkpoint(), folder.previous_checkpoint()).unwrap();
    let teachers = Teachers::load(&[path], &of_the_run(), 0.5).unwrap();
    assert_eq!(teachers.taught().len(), 1);
}
