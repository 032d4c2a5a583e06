internal import Glibc

/// A page of evidence printed as a PDF by WeasyPrint, where that is installed.
struct PrintedPage {
    /// Where it is; `nil` if it was not printed.
    let path: String?
    /// What became of it, as a sentence.
    let sentence: String

    private static let program = "weasyprint"

    /// Prints `page` to `path`, where nothing is yet; it is there when it is whole, and for the user alone (0600). Throws
    /// `output` where the page cannot be handed over, and what writing a file throws.
    static func print(_ page: [UInt8], to path: String) throws(CommandError) -> PrintedPage {
        guard let program = find(program) else {
            return PrintedPage(
                path: nil,
                sentence:
                    "No PDF: WeasyPrint is not installed. Install it (apt install weasyprint), or print evidence.html "
                    + "from a browser.")
        }
        guard access(path, F_OK) != 0 else {
            return PrintedPage(
                path: nil, sentence: "No PDF: \(Terminal.plain(path)) is there already, and is not overwritten.")
        }
        let file = try OutputFile(path, overwriting: false)
        // It writes where it is told to, and does not make the file: nobody else can read it meanwhile.
        let status = try file.write { descriptor throws(CommandError) in
            try run(program, input: page, output: descriptor)
        }
        guard status == 0 else {
            return PrintedPage(path: nil, sentence: "No PDF: WeasyPrint failed; print evidence.html from a browser.")
        }
        try file.finish()
        return PrintedPage(path: path, sentence: "Printed \(Terminal.plain(path)).")
    }

    private static func find(_ name: String) -> String? {
        (Environment.value("PATH") ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Runs the program on standard input; gives its status. The input goes through a pair of sockets: nothing of it is
    /// left on a disk, and a program that stops reading is no signal to this one.
    private static func run(_ program: String, input: [UInt8], output: Int32) throws(CommandError) -> Int32 {
        var sockets: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &sockets) == 0 else {
            throw failure(errno)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, sockets[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // What it says of fonts is nothing that a command is asked for.
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        let words: [String] = [program, "-q", "-", "-"]
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { word in word.withCString { strdup($0) } } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let spawned = posix_spawn(&process, program, &actions, nil, &pointers, environ)
        close(sockets[1])
        defer { close(sockets[0]) }
        guard spawned == 0 else { throw failure(spawned) }
        let status = Interruption.status(of: process) {
            send(input, to: sockets[0])
        }
        guard let status else { throw failure(errno) }
        return status
    }

    private static func send(_ input: [UInt8], to socket: Int32) {
        var written = 0
        while written < input.count {
            let count = input.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + written, $0.count - written, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            // Its status says why it reads no further.
            guard count > 0 else { break }
            written += count
        }
        shutdown(socket, Int32(SHUT_WR))
    }

    private static func failure(_ reason: Int32) -> CommandError {
        CommandError(.output, "cannot run \(program): \(String(cString: strerror(reason)))")
    }
}
