internal import Glibc

/// Reads files that the user names.
enum FileInput {
    /// All bytes of the file at `path`; throws `cannotBeRead`, or `badInput` if there are more than `most`.
    static func bytes(of path: String, most: Int) throws(CommandError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw CommandError.reading(path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: most + 1)
        var count = 0
        while count <= most {
            let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, most + 1 - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw CommandError.reading(path) }
            if got == 0 { break }
            count += got
        }
        guard count <= most else {
            throw CommandError(.badInput, "\(path) has more than \(most) bytes, which is not what belongs there")
        }
        return Array(bytes[..<count])
    }
}
