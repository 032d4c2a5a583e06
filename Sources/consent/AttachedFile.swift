internal import ConsentLedger
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
        let file = try InputFile(plain: path)
        let size = file.size ?? 0
        guard 1...Attachment.mostBytes ~= size else {
            throw CommandError(
                .badInput,
                size == 0
                    ? "\(path) is empty; there is nothing to attach"
                    : "\(path) has \(size) bytes, and at most \(Attachment.mostBytes) can be attached (200 MiB)")
        }
        var hasher = SHA256Hasher()
        while file.position <= size, let piece = try file.next() { hasher.update(piece) }
        guard file.position == size else {
            throw CommandError(
                .changedMeanwhile, "\(path) changed while it was read; attach it when nobody writes it")
        }
        self.path = path
        name = String(path.split(separator: "/").last ?? "")
        byteCount = size
        digest = hasher.finalize()
    }

    func open() throws -> () throws -> [UInt8]? {
        let file = try InputFile(plain: path)
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
