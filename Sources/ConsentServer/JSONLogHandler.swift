internal import ConsentLedger
internal import ConsentModel
internal import Glibc
public import Logging

/// Writes each message as a JSON object on a line of standard error.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let write: @Sendable (String) -> Void

    /// Messages of `label`, to standard error.
    public init(label: String, level: Configuration.LogLevel) {
        self.init(label: label, level: level, write: Self.writeToStandardError)
    }

    init(label: String, level: Configuration.LogLevel, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        self.write = write
        logLevel =
            switch level {
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var members: [(String, JSON)] = [
            ("time", .string(SystemClock().now().description)), ("level", .string(event.level.rawValue)),
            ("logger", .string(label)), ("message", .string(event.message.description)),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            members.append((key == "hb.request.id" ? "request-id" : key, .string(value.description)))
        }
        write(JSON.object(members).text + "\n")
    }

    /// In one call, so that lines of several threads do not mix.
    private static func writeToStandardError(_ line: String) {
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
