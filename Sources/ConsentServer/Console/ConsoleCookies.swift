internal import HTTPTypes

/// The console's cookies. None is read by scripts or sent from another site.
struct ConsoleCookies: Sendable {
    /// Whether browsers speak TLS with the server, or with the proxy in front of it.
    let isSecure: Bool

    /// The session's. With the prefix, browsers take it from nobody but this very host, by TLS.
    var session: String { isSecure ? "__Host-consent-session" : "consent-session" }
    /// That of a browser without a session.
    var stranger: String { isSecure ? "__Host-consent-visit" : "consent-visit" }
    /// The language that was chosen.
    var language: String { isSecure ? "__Host-consent-language" : "consent-language" }

    /// The longest value that is looked at, in bytes.
    private static let mostBytes = 128

    /// The value of a cookie of a request; `nil` if it has none, or several, of which one may be somebody else's.
    static func value(_ name: String, in headers: HTTPFields) -> String? {
        let values = headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair -> Substring? in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { return nil }
            return parts[1]
        }
        guard values.count == 1, let value = values.first, value.utf8.count <= mostBytes else { return nil }
        return String(value)
    }

    /// What sets a cookie, for `seconds`, or until the browser is closed; with 0 it goes.
    func setting(_ name: String, _ value: String, seconds: UInt64? = nil) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
            + (seconds.map { "; Max-Age=\($0)" } ?? "")
    }
}
