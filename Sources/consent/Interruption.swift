internal import Glibc
internal import Synchronization

/// Ctrl-C and SIGTERM while a ledger is open for writing: noted, so that what was begun is finished and published, and
/// obeyed afterwards. A second one ends the program at once; the ledger survives that too.
enum Interruption {
    private static let noted = Atomic<Int32>(0)

    /// From now on a first interruption is noted instead of obeyed.
    static func hold() {
        // The handler must not be the first to touch the atomic, whose making is not safe in a signal.
        noted.store(0, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in Interruption.noted.store(number, ordering: .relaxed) }
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
    }

    /// Whether one came: long loops ask between two batches, and stop.
    static var isRequested: Bool { noted.load(ordering: .relaxed) != 0 }

    /// Ends the program by the signal that was noted, if one was.
    static func obey() {
        let number = noted.load(ordering: .relaxed)
        if number != 0 { end(by: number) }
    }

    /// Ends the program by a signal.
    static func end(by number: Int32) {
        signal(number, SIG_DFL)
        // Threads of a pool have all signals blocked, and this may be one of them.
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, number)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        raise(number)
    }
}
