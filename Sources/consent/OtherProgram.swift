internal import Glibc
internal import LedgerCrypto

/// A program of the user's that is given something and answers.
enum OtherProgram {
    /// What a pipe takes at once, whoever reads it, and so the most that a program is given.
    private static let mostInputBytes = 4096

    /// What the shell's `command` writes to standard output when it reads `input`, at most 4,096 bytes, from standard input;
    /// its standard error is ours. Throws `cannotBeRead` if it cannot be run or fails, and `badInput` if it writes nothing or
    /// more than `most` bytes.
    static func output(of command: String, input: [UInt8], most: Int) throws(CommandError) -> [UInt8] {
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
        let status = posix_spawn(&process, "/bin/sh", &actions, nil, arguments, environ)
        close(fromProgram[1])
        defer { close(fromProgram[0]) }
        guard status == 0 else {
            throw CommandError(
                .cannotBeRead, "cannot run “\(command.shortened())”: \(String(cString: strerror(status)))")
        }
        let output = readAll(fromProgram[0], most: most)
        try wait(for: process, command)
        guard let output, !output.isEmpty else {
            throw CommandError(
                .badInput,
                "“\(command.shortened())” wrote \(output == nil ? "more than \(most) bytes" : "nothing") to its standard output"
            )
        }
        return output
    }

    /// `nil` for more than `most` bytes; then the rest is read and dropped, so that the program can end.
    private static func readAll(_ descriptor: Int32, most: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var isTooLong = false
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        // It may have been a passphrase.
        defer { SecretBytes.wipe(&piece) }
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return isTooLong ? nil : bytes }
            if bytes.count + count > most { isTooLong = true } else { bytes += piece[..<count] }
        }
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
