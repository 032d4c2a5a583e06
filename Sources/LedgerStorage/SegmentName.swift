/// Segments are named by their numbers: 16 hexadecimal digits, so that names sort as numbers do.
extension StoragePath {
    private static let digitCount = 16

    /// The segment of that number in this folder.
    public func appending(segment number: UInt64) throws(StorageError) -> StoragePath {
        try appending(Self.segmentName(number))
    }

    /// The number that a segment's name states; `nil` for a name of something else.
    static func segmentNumber(of name: String) -> UInt64? {
        UInt64(name, radix: 16).flatMap { $0 > 0 && segmentName($0) == name ? $0 : nil }
    }

    private static func segmentName(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: digitCount - digits.utf8.count) + digits
    }
}
