internal import ConsentLedger
internal import Glibc
internal import LedgerCrypto

/// A file that is to be attached, of the disk.
struct AttachedFile: AttachableFile {
    let name: String
    let byteCount: UInt64
    let digest: SHA256Digest
    private let path: String

    /// Measures the file at `path`. Throws `cannotBeRead` or `notPermitted`, and `badInput` for anything but a plain file, for
    /// an empty one, and for one that is too large.
    init(_ path: String) throws(CommandError) {
        let file = try OpenFile(path)
        guard 1...Attachment.mostBytes ~= file.size else {
            throw CommandError(
                .badInput,
                file.size == 0
                    ? "\(path) is empty; there is nothing to attach"
                    : "\(path) has \(file.size) bytes, and at most \(Attachment.mostBytes) can be attached (200 MiB)")
        }
        var hasher = SHA256Hasher()
        while file.position <= file.size, let piece = try file.next() { hasher.update(piece) }
        guard file.position == file.size else {
            throw CommandError(
                .changedMeanwhile, "\(path) changed while it was read; attach it when nobody writes it")
        }
        self.path = path
        name = String(path.split(separator: "/").last ?? "")
        byteCount = file.size
        digest = hasher.finalize()
    }

    func open() throws -> () throws -> [UInt8]? {
        let file = try OpenFile(path)
        return { try file.next() }
    }

    /// What kind of content files with this name have; `application/octet-stream` where the name does not tell.
    var mediaType: String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let known = parts.count > 1 ? Self.mediaTypes[parts[parts.count - 1].lowercased()] : nil
        return known ?? "application/octet-stream"
    }

    private static let mediaTypes = [
        "aac": "audio/aac", "amr": "audio/AMR", "avi": "video/x-msvideo", "bmp": "image/bmp", "csv": "text/csv",
        "doc": "application/msword", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "eml": "message/rfc822", "flac": "audio/flac", "gif": "image/gif", "heic": "image/heic", "htm": "text/html",
        "html": "text/html", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json", "m4a": "audio/mp4",
        "mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4",
        "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg", "pdf": "application/pdf", "png": "image/png",
        "svg": "image/svg+xml", "tif": "image/tiff", "tiff": "image/tiff", "txt": "text/plain", "wav": "audio/wav",
        "webm": "video/webm", "webp": "image/webp", "xml": "application/xml", "zip": "application/zip",
    ]
}

/// A plain file that is read from its beginning.
private final class OpenFile {
    /// How many bytes it had when it was opened.
    let size: UInt64
    /// How many bytes were read.
    private(set) var position: UInt64 = 0
    private let path: String
    private let descriptor: Int32
    private static let pieceByteCount = 1 << 18

    init(_ path: String) throws(CommandError) {
        // Not blocking, so that a named pipe does not hold us up.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            let isFolder = information.st_mode & S_IFMT == S_IFDIR
            close(descriptor)
            throw CommandError(
                .badInput,
                "\(path) is \(isFolder ? "a folder" : "no plain file"); attach files one by one, saved to the disk")
        }
        self.path = path
        self.descriptor = descriptor
        size = UInt64(max(0, information.st_size))
    }

    deinit { close(descriptor) }

    /// The next bytes; `nil` at the end.
    func next() throws(CommandError) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: Self.pieceByteCount)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path) }
            guard count > 0 else { return nil }
            position += UInt64(count)
            piece.removeLast(piece.count - count)
            return piece
        }
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError(
            errno == EACCES ? .notPermitted : .cannotBeRead, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
}
