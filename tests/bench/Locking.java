// Threads that fill and empty a queue, count under a lock, and read a file now and then. Prints nothing.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;

public class Locking {
    static final int THREADS = 4, ROUNDS = 600000;
    static final ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(64);
    static final ReentrantLock lock = new ReentrantLock();
    static long sum;

    static void work(int number) {
        try {
            for (int i = 0; i < ROUNDS; i++) {
                if (number % 2 == 0)
                    queue.put(i);
                else {
                    int got = queue.take();
                    lock.lock();
                    sum += got;
                    lock.unlock();
                }
                if (i % 5000 == 0)
                    Files.readAllBytes(Path.of("/etc/passwd"));
            }
        } catch (Exception failure) {
            System.exit(1);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads[i] = new Thread(() -> work(number));
            threads[i].start();
        }
        for (Thread thread : threads)
            thread.join();
    }
}
