#!/bin/sh
# java: a virtual machine that compiles, collects and ends with all its threads, and threads of a program.
# needs: java javac
# stderr: ignored
# expect: 8 threads counted to 80000
cat >Counts.java <<'END'
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
public class Counts {
    private static int guarded;
    private static synchronized void count() { guarded++; }
    public static void main(String[] arguments) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        AtomicInteger threads = new AtomicInteger();
        for (int i = 0; i < 8; i++)
            pool.execute(() -> {
                for (int n = 0; n < 10000; n++)
                    count();
                threads.incrementAndGet();
            });
        pool.shutdown();
        pool.awaitTermination(600, TimeUnit.SECONDS);
        System.gc();
        System.out.println(threads + " threads counted to " + guarded);
    }
}
END
javac Counts.java && java -Xmx64m -cp . Counts
echo "it ended with $?"
rm -f Counts*.class
