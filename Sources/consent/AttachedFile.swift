internal import ConsentLedger
internal import Glibc
internal import LedgerCrypto

/// A file that is to be attached: opened once, measured, and read again while it is sealed.
final class AttachedFile {
    /// How many bytes it has.
    let byteCount: UInt64
    /// SHA-256 of its content.
    let digest: SHA256Digest
    /// Its name, without the folder.
    let name: String

    private let path: String
    private let descriptor: Int32
    private static let pieceByteCount = 1 << 18

    /// Opens and measures the file at `path`. Throws `cannotBeRead` or `notPermitted`, and `badInput` for anything but a plain
    /// file, for an empty one, and for one that is too large.
    init(_ path: String) throws(CommandError) {
        self.path = path
        name = String(path.split(separator: "/").last ?? "")
        // Not blocking, so that a named pipe does not hold us up.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        do throws(CommandError) {
            var information = stat()
            guard fstat(descriptor, &information) == 0 else { throw Self.failure(path) }
            guard information.st_mode & S_IFMT == S_IFREG else {
                let isFolder = information.st_mode & S_IFMT == S_IFDIR
                throw CommandError(
                    .badInput,
                    "\(path) is \(isFolder ? "a folder" : "no plain file"); attach the files one by one, saved to the disk"
                )
            }
            let size = UInt64(max(0, information.st_size))
            guard 1...Attachment.mostBytes ~= size else {
                throw CommandError(
                    .badInput,
                    size == 0
                        ? "\(path) is empty; there is nothing to attach"
                        : "\(path) has \(size) bytes, and at most \(Attachment.mostBytes) can be attached (200 MiB)")
            }
            var hasher = SHA256Hasher()
            var count: UInt64 = 0
            while count <= size, let piece = try Self.piece(of: descriptor, at: count, path) {
                hasher.update(piece)
                count += UInt64(piece.count)
            }
            guard count == size else {
                throw CommandError(
                    .changedMeanwhile, "\(path) changed while it was read; attach it when nobody writes it")
            }
            byteCount = size
            digest = hasher.finalize()
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Gives the content from its beginning, piece by piece, and then `nil`.
    func pieces() -> () throws -> [UInt8]? {
        var position: UInt64 = 0
        return { [self] in
            guard let piece = try Self.piece(of: descriptor, at: position, path) else { return nil }
            position += UInt64(piece.count)
            return piece
        }
    }

    /// The bytes from `position` on; `nil` at the end.
    private static func piece(
        of descriptor: Int32, at position: UInt64, _ path: String
    ) throws(CommandError) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: pieceByteCount)
        while true {
            let count = piece.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(position)) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            guard count > 0 else { return nil }
            piece.removeLast(piece.count - count)
            return piece
        }
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError(
            errno == EACCES ? .notPermitted : .cannotBeRead, "cannot read \(path): \(String(cString: strerror(errno)))")
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
