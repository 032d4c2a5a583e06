/// Where something is on the web, below which paths are asked for: `https`, or `http` of this machine alone.
public struct WebAddress: Hashable, Sendable {
    /// The URL, without a slash at its end.
    public let text: String
    /// Whether it is of this machine, by plain `http`.
    public let isLoopback: Bool
    /// The name or IP address of the host, an IPv6 address without its brackets.
    public let host: String
    /// The port, that of the scheme where the URL has none.
    public let port: Int

    private static let longest = 2048

    /// Reads a URL; throws `badInput` for one that is of another kind, or has a user, a query or a fragment.
    public init(parsing text: String) throws(LedgerError) {
        let schemes = ["https://": false, "http://": true]
        // What RFC 3986 allows in a URL, less what a path below it could not follow.
        let isPlain =
            text.utf8.count <= Self.longest
            && text.utf8.allSatisfy { byte in
                0x21...0x7e ~= byte && !"\"\\<>^`{|}?#@".utf8.contains(byte)
            }
        guard isPlain, let scheme = schemes.first(where: { text.lowercased().hasPrefix($0.key) }) else {
            throw Self.refusal(text)
        }
        let (host, port) = Self.split(Self.authority(of: text))
        guard !host.isEmpty, port.map({ UInt16($0) != nil }) ?? true else { throw Self.refusal(text) }
        isLoopback = scheme.value
        guard !isLoopback || Self.isOfThisMachine(host) else { throw Self.refusal(text) }
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port.flatMap { Int($0) } ?? (isLoopback ? 80 : 443)
        var trimmed = text[...]
        while trimmed.last == "/" { trimmed.removeLast() }
        self.text = String(trimmed)
    }

    /// What is at `path` below it.
    public func appending(_ path: String) -> String { "\(text)/\(path)" }

    /// The same as a request of HTTP/1.1 names it: what follows the host, and the host with its port as it stands in the URL.
    public func target(_ path: String) -> (path: String, authority: String) {
        let rest = text.drop { $0 != "/" }.dropFirst(2)
        return ("\(rest.drop { $0 != "/" })/\(path)", Self.authority(of: text))
    }

    /// What stands between the scheme and the path.
    private static func authority(of text: String) -> String {
        String(text.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" })
    }

    private static func split(_ authority: String) -> (host: String, port: String?) {
        let start = authority.lastIndex(of: "]") ?? authority.startIndex
        guard let colon = authority[start...].firstIndex(of: ":") else { return (authority, nil) }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }

    private static func isOfThisMachine(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host.lowercased() == "localhost" || host == "[::1]"
            || parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
    }

    private static func refusal(_ text: String) -> LedgerError {
        LedgerError(
            .badInput,
            "“\(text.prefix(120))” is not a URL that is used here: https://…, or http:// of this machine (localhost, 127.0.0.1), "
                + "without a user, a query or a fragment")
    }
}
