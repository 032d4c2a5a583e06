/// Where something lies within a ledger: components of `A-Z a-z 0-9 . _ -` between single slashes, none of them `.` or
/// `..`, at most 255 bytes in all. Such a path cannot leave the ledger and means the same in every driver.
public struct StoragePath: Hashable, Sendable, CustomStringConvertible {
    /// The longest path, in bytes.
    public static let maximumByteCount = 255

    /// The path as text, without a slash at either end.
    public let description: String

    /// Takes the path from `text`; throws `notALedgerPath` unless it has the form above.
    public init(_ text: some StringProtocol) throws(StorageError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumByteCount,
            bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(Self.isComponent)
        else {
            throw StorageError(
                .notALedgerPath,
                "\(String(text.prefix(80)).debugDescription) is not a path within a ledger: parts of letters, digits, "
                    + "\".\", \"_\" and \"-\", none \".\" or \"..\", at most \(Self.maximumByteCount) bytes")
        }
        description = String(text)
    }

    /// What lies at `relative` below this path; throws `notALedgerPath` as `init` does.
    public func appending(_ relative: some StringProtocol) throws(StorageError) -> StoragePath {
        try StoragePath("\(description)/\(relative)")
    }

    /// The folder it lies in; `nil` when that is the ledger itself.
    public var parent: StoragePath? {
        description.lastIndex(of: "/").map { StoragePath(checked: String(description[..<$0])) }
    }

    /// The last component.
    public var name: String { String(components[components.count - 1]) }

    /// The names from the ledger down to the object; at least one.
    var components: [Substring] { description.split(separator: "/") }

    /// The folders it lies in, from the outermost.
    var ancestors: [StoragePath] {
        description.indices.filter { description[$0] == "/" }.map { StoragePath(checked: String(description[..<$0])) }
    }

    private init(checked description: String) {
        self.description = description
    }

    private static func isComponent(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes != [UInt8(ascii: ".")], bytes != [UInt8(ascii: "."), UInt8(ascii: ".")] else {
            return false
        }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

/// A path written in the program's own text; a literal that is no path stops the program.
extension StoragePath: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        do { self = try StoragePath(text[...]) } catch { preconditionFailure(error.description) }
    }
}
