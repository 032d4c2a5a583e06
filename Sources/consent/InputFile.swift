internal import Glibc

/// A file, or standard input, read in pieces.
final class InputFile {
    /// The file's size in bytes; `nil` where it is not known.
    let size: UInt64?
    /// How many bytes were read.
    private(set) var position: UInt64 = 0

    private let descriptor: Int32
    private let name: String
    private static let pieceByteCount = 1 << 18

    /// Opens the file at `path`; `-` is standard input. Throws `cannotBeRead` or `notPermitted`.
    init(_ path: String) throws(CommandError) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError.reading(name) }
        var information = stat()
        let isFile = fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
        size = isFile ? UInt64(information.st_size) : nil
    }

    /// Opens the plain file at `path`, without waiting for whoever would write to a pipe. Throws `cannotBeRead` or
    /// `notPermitted`, and `badInput` for anything else than a plain file.
    init(plain path: String) throws(CommandError) {
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { throw CommandError.reading(path) }
        var information = stat()
        guard fstat(opened, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            let isFolder = information.st_mode & S_IFMT == S_IFDIR
            close(opened)
            throw CommandError(
                .badInput,
                "\(path) is \(isFolder ? "a folder" : "no plain file"); attach files one by one, saved to the disk")
        }
        name = path
        descriptor = opened
        size = UInt64(information.st_size)
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next bytes; `nil` at the end. Throws `cannotBeRead`.
    func next() throws(CommandError) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: Self.pieceByteCount)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR {
                if Interruption.isRequested { return nil }
                continue
            }
            guard count >= 0 else { throw CommandError.reading(name) }
            guard count > 0 else { return nil }
            position += UInt64(count)
            piece.removeLast(piece.count - count)
            return piece
        }
    }
}
