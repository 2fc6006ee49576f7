/* What Rust has to lock is its own, of which only threads are seen: nothing is said, poisoned locks included.
 *
 * expect-total: findings=0
 */
use std::panic;
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;

#[derive(Default)]
struct Shared {
    count: Mutex<u32>,
    changed: Condvar,
    table: RwLock<Vec<u32>>,
}

fn works(shared: &Shared, number: u32) {
    for _ in 0..100 {
        *shared.count.lock().unwrap() += 1;
        let seen = shared.table.read().unwrap().len();
        if seen < 10 {
            shared.table.write().unwrap().push(number);
        }
    }
    shared.changed.notify_all();
}

fn poisons(shared: &Arc<Shared>) {
    let mine = shared.clone();
    panic::set_hook(Box::new(|_| ()));
    let ended = thread::spawn(move || {
        let _guard = mine.table.write().unwrap();
        panic!("with the lock held");
    })
    .join();
    println!("{} {}", ended.is_err(), shared.table.is_poisoned());
}

fn main() {
    let shared = Arc::new(Shared::default());
    let barrier = Arc::new(Barrier::new(3));
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..3)
        .map(|number| {
            let (shared, barrier, sender) = (shared.clone(), barrier.clone(), sender.clone());
            thread::spawn(move || {
                barrier.wait();
                works(&shared, number);
                sender.send(number).unwrap();
            })
        })
        .collect();
    let mut count = shared.count.lock().unwrap();
    while *count < 300 {
        count = shared.changed.wait(count).unwrap();
    }
    println!("{}", *count);
    drop(count);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    println!("{}", receiver.try_iter().sum::<u32>());
    poisons(&shared);
}
