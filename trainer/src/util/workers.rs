//! Independent pieces of work side by side, with results in a fixed order.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Threads that each compute alone: what a piece of work runs in parallel inside, it runs on its own thread.
#[derive(Debug)]
pub struct Workers(Vec<ThreadPool>);

impl Workers {
    /// As many as rayon has threads here, and no more than `most`.
    ///
    /// # Panics
    /// When the system refuses to make threads.
    pub fn new(most: usize) -> Self {
        let workers = (0..rayon::current_num_threads().min(most)).map(|_| {
            let pool = ThreadPoolBuilder::new().num_threads(1).build();
            pool.expect("the system makes a thread")
        });
        Self(workers.collect())
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// `work` of 0, 1, ... `count`, in this order.
    pub fn map<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(count));
        let run = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                let result = work(index);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.push((index, result));
            }
        };
        thread::scope(|scope| {
            for worker in &self.0 {
                scope.spawn(|| worker.install(run));
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for most in [1, 2, 5] {
            let squares: Vec<usize> = (0..40).map(|i| i * i).collect();
            assert_eq!(Workers::new(most).map(40, |i| i * i), squares);
        }
        assert!(Workers::new(2).map(0, |i| i).is_empty());
    }
}
