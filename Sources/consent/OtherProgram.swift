internal import ConsentModel
internal import Glibc
internal import LedgerCrypto

/// A program of the user's that is given something and answers.
enum OtherProgram {
    /// How a program ended.
    struct Outcome {
        /// As `waitpid` gives it.
        let status: Int32
        let output: [UInt8]

        /// What it ended with; `nil` if a signal ended it.
        var exitCode: Int32? { status & 0x7f == 0 ? status >> 8 & 0xff : nil }
    }

    /// What the shell's `command` writes to standard output when it reads `input` from standard input; its standard error
    /// is ours. Throws `cannotBeRead` if it cannot be run, fails, or has not ended after `limit`, and `badInput` if it writes
    /// nothing or more than `most` bytes: then it is stopped. One with a limit has no terminal to ask at.
    static func output(
        of command: String, input: [UInt8], most: Int, limit: TimeLength? = nil
    ) throws(CommandError) -> [UInt8] {
        let title = "“\(command.shortened())”"
        let outcome = try run(["/bin/sh", "-c", command], title: title, input: input, most: most, limit: limit)
        guard outcome.status == 0 else {
            throw CommandError(
                .cannotBeRead,
                "\(title) "
                    + (outcome.exitCode.map { "ended with the status \($0)" }
                        ?? "was ended by the signal \(outcome.status & 0x7f)")
                    + "; nothing was taken from it")
        }
        guard !outcome.output.isEmpty else {
            throw CommandError(.badInput, "\(title) wrote nothing to its standard output")
        }
        return outcome.output
    }

    /// Runs the program `words[0]`, found as the shell finds it, with the others as its arguments and `input` at its standard
    /// input; its standard error is ours. `title` is what errors call it. Throws `cannotBeRead` if it cannot be run or has not
    /// ended after `limit`, and `badInput` if it writes more than `most` bytes: then it is stopped.
    static func run(
        _ words: [String], title: String, input: [UInt8], most: Int, limit: TimeLength? = nil
    ) throws(CommandError) -> Outcome {
        let toProgram = try pipe(for: title)
        // Held until the end, so that a program that leaves its input alone does not end us by a signal.
        defer { close(toProgram[0]) }
        let fromProgram = try pipe(for: title)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toProgram[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromProgram[1], STDOUT_FILENO)
        var process: pid_t = 0
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in word.withCString { strdup($0) } } + [nil]
        defer { for argument in arguments { free(argument) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What it starts is stopped with it.
        if limit != nil { posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }
        let status = posix_spawnp(&process, words[0], &actions, &attributes, arguments, environ)
        close(fromProgram[1])
        guard status == 0 else {
            close(fromProgram[0])
            close(toProgram[1])
            throw CommandError(.cannotBeRead, "cannot run \(title): \(String(cString: strerror(status)))")
        }
        let answer = exchange(input, to: toProgram[1], from: fromProgram[0], most: most, within: limit)
        close(fromProgram[0])
        switch answer {
        case .whole(let output):
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            return Outcome(status: status, output: output)
        case .tooLong:
            stop(process, isGroup: limit != nil)
            throw CommandError(
                .badInput, "\(title) wrote more than \(most) bytes to its standard output, and was stopped")
        case .tooSlow:
            stop(process, isGroup: limit != nil)
            throw CommandError(
                .cannotBeRead,
                "\(title) had not ended after \((limit?.milliseconds ?? 0) / 1000) seconds, and was stopped")
        }
    }

    private enum Answer {
        case whole([UInt8])
        case tooLong
        case tooSlow
    }

    /// Writes `input`, as the program takes it, closes that end, and reads what comes until the program closes its own.
    private static func exchange(
        _ input: [UInt8], to sink: Int32, from source: Int32, most: Int, within limit: TimeLength?
    ) -> Answer {
        let end = limit.map { milliseconds() + $0.milliseconds }
        var unwritten = input[...]
        var isSinkOpen = true
        defer { if isSinkOpen { close(sink) } }
        _ = fcntl(sink, F_SETFL, O_NONBLOCK)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        // It may have been a passphrase.
        defer { SecretBytes.wipe(&piece) }
        while true {
            if isSinkOpen {
                let count = unwritten.withUnsafeBytes { write(sink, $0.baseAddress, $0.count) }
                if count > 0 { unwritten = unwritten.dropFirst(count) }
                if unwritten.isEmpty || count < 0 && errno != EAGAIN && errno != EINTR {
                    close(sink)
                    isSinkOpen = false
                }
            }
            let now = milliseconds()
            guard end.map({ now < $0 }) ?? true else { return .tooSlow }
            var waiting = [pollfd(fd: source, events: Int16(POLLIN), revents: 0)]
            if isSinkOpen { waiting.append(pollfd(fd: sink, events: Int16(POLLOUT), revents: 0)) }
            let ready = poll(&waiting, nfds_t(waiting.count), end.map { Int32(min($0 - now, 60_000)) } ?? -1)
            guard ready > 0, waiting[0].revents != 0 else { continue }
            let count = piece.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .whole(bytes) }
            guard bytes.count + count <= most else { return .tooLong }
            bytes += piece[..<count]
        }
    }

    private static func milliseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    private static func stop(_ process: pid_t, isGroup: Bool) {
        kill(isGroup ? -process : process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// The reading and the writing end; neither is passed on to the program.
    private static func pipe(for title: String) throws(CommandError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else {
            throw CommandError(.cannotBeRead, "cannot run \(title): \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }
}
