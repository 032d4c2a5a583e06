internal import Glibc
internal import Synchronization

/// Ctrl-C, SIGTERM and a terminal that goes. While a ledger is open for writing the first Ctrl-C or SIGTERM is noted, so that
/// what was begun is finished and published, and obeyed afterwards; a second one ends the program at once, and the ledger
/// survives that too. Whenever one ends the program, no output stays that is not whole, and no program that it waits for.
enum Interruption {
    private static let noted = Atomic<Int32>(0)
    private static let isHeld = Atomic<Bool>(false)
    private static let awaitedProgram = Atomic<pid_t>(0)
    private static let ending = Atomic<Bool>(false)

    /// From now on a first interruption is noted instead of obeyed.
    static func hold() {
        isHeld.store(true, ordering: .relaxed)
        handle([SIGINT, SIGTERM])
    }

    /// From now on what is not whole goes before an interruption ends the program.
    static func watch() {
        handle(
            [SIGINT, SIGTERM, SIGHUP].filter { number in
                // Whoever started the program may want it to go on.
                var earlier = sigaction()
                sigaction(number, nil, &earlier)
                return unsafeBitCast(earlier.__sigaction_handler.sa_handler, to: UInt.self)
                    != unsafeBitCast(SIG_IGN, to: UInt.self)
            })
    }

    private static func handle(_ signals: [Int32]) {
        // The handler must not be the first to touch an atomic, whose making is not safe in a signal.
        _ = noted.load(ordering: .relaxed)
        _ = isHeld.load(ordering: .relaxed)
        _ = awaitedProgram.load(ordering: .relaxed)
        _ = ending.load(ordering: .relaxed)
        UnfinishedPath.prepare()
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            if number != SIGHUP, Interruption.isHeld.load(ordering: .relaxed),
                Interruption.noted.exchange(number, ordering: .relaxed) == 0
            {
                return
            }
            Interruption.end(by: number)
        }
        for number in signals { sigaction(number, &action, nil) }
    }

    /// Calls `body`, waits for a program that was started, and gives its status; `nil` where it cannot be waited for. An
    /// interruption that ends this program ends that one.
    static func status(of program: pid_t, after body: () -> Void) -> Int32? {
        awaitedProgram.store(program, ordering: .sequentiallyConsistent)
        body()
        // Until its status is taken, nobody else has its number.
        var information = siginfo_t()
        while waitid(P_PID, id_t(program), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        awaitedProgram.store(0, ordering: .sequentiallyConsistent)
        // Either `end` sees that nobody waits for the program any more, or this sees that it kills it.
        yieldToEnd()
        var status: Int32 = 0
        while waitpid(program, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return status
    }

    /// Whether one came: long loops ask between two batches, and stop.
    static var isRequested: Bool { noted.load(ordering: .relaxed) != 0 }

    /// Ends the program by the signal that was noted, if one was.
    static func obey() {
        let number = noted.load(ordering: .relaxed)
        if number != 0 { end(by: number) }
    }

    /// Where a signal ends the program, waits for that: a handler on another thread has begun to undo what this one would
    /// tell of, and its status is the signal's.
    static func yieldToEnd() {
        while ending.load(ordering: .sequentiallyConsistent) { pause() }
    }

    /// Ends the program by a signal.
    static func end(by number: Int32) {
        ending.store(true, ordering: .sequentiallyConsistent)
        let program = awaitedProgram.load(ordering: .sequentiallyConsistent)
        if program != 0 {
            kill(program, SIGKILL)
            while waitpid(program, nil, 0) < 0, errno == EINTR {}
        }
        UnfinishedPath.removeAll()
        signal(number, SIG_DFL)
        // Threads of a pool have all signals blocked, and this may be one of them.
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, number)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        raise(number)
    }
}
