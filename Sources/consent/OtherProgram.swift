internal import ConsentModel
internal import Glibc
internal import LedgerCrypto

/// A program of the user's that is given something and answers.
enum OtherProgram {
    /// What a pipe takes at once, whoever reads it, and so the most that a program is given.
    private static let mostInputBytes = 4096

    /// What the shell's `command` writes to standard output when it reads `input`, at most 4,096 bytes, from standard input;
    /// its standard error is ours. Throws `cannotBeRead` if it cannot be run, fails, or has not ended after `limit`, and
    /// `badInput` if it writes nothing or more than `most` bytes: then it is stopped. One with a limit has no terminal to ask at.
    static func output(
        of command: String, input: [UInt8], most: Int, limit: TimeLength? = nil
    ) throws(CommandError) -> [UInt8] {
        precondition(input.count <= mostInputBytes)
        let toProgram = try pipe(for: command)
        // Nobody waits for it: a pipe holds as much.
        let written = input.withUnsafeBytes { write(toProgram[1], $0.baseAddress, $0.count) }
        close(toProgram[1])
        defer { close(toProgram[0]) }
        guard written == input.count else { throw failure(command) }
        let fromProgram = try pipe(for: command)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toProgram[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromProgram[1], STDOUT_FILENO)
        var process: pid_t = 0
        let words: [String] = ["sh", "-c", command]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in word.withCString { strdup($0) } } + [nil]
        defer { for argument in arguments { free(argument) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What it starts is stopped with it.
        if limit != nil { posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }
        let status = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ)
        close(fromProgram[1])
        guard status == 0 else {
            close(fromProgram[0])
            throw CommandError(
                .cannotBeRead, "cannot run “\(command.shortened())”: \(String(cString: strerror(status)))")
        }
        let answer = readAll(fromProgram[0], most: most, within: limit)
        close(fromProgram[0])
        switch answer {
        case .whole(let output):
            try wait(for: process, command)
            guard output.isEmpty else { return output }
            throw CommandError(.badInput, "“\(command.shortened())” wrote nothing to its standard output")
        case .tooLong:
            stop(process, isGroup: limit != nil)
            throw CommandError(
                .badInput,
                "“\(command.shortened())” wrote more than \(most) bytes to its standard output, and was stopped")
        case .tooSlow:
            stop(process, isGroup: limit != nil)
            throw CommandError(
                .cannotBeRead,
                "“\(command.shortened())” had not ended after \((limit?.milliseconds ?? 0) / 1000) seconds, and was stopped"
            )
        }
    }

    private enum Answer {
        case whole([UInt8])
        case tooLong
        case tooSlow
    }

    private static func readAll(_ descriptor: Int32, most: Int, within limit: TimeLength?) -> Answer {
        let end = limit.map { milliseconds() + $0.milliseconds }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        // It may have been a passphrase.
        defer { SecretBytes.wipe(&piece) }
        while true {
            if let end {
                let now = milliseconds()
                guard now < end else { return .tooSlow }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, Int32(min(end - now, 60_000))) > 0 else { continue }
            }
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
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

    private static func wait(for process: pid_t, _ command: String) throws(CommandError) {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status != 0 else { return }
        let signal = status & 0x7f
        throw CommandError(
            .cannotBeRead,
            "“\(command.shortened())” "
                + (signal == 0 ? "ended with the status \(status >> 8 & 0xff)" : "was ended by the signal \(signal)")
                + "; nothing was taken from it")
    }

    /// The reading and the writing end; neither is passed on to the program.
    private static func pipe(for command: String) throws(CommandError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw failure(command) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    private static func failure(_ command: String) -> CommandError {
        CommandError(.cannotBeRead, "cannot run “\(command.shortened())”: \(String(cString: strerror(errno)))")
    }
}
