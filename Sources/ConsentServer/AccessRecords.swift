internal import ConsentLedger
internal import ConsentModel
internal import LedgerStorage

/// Who used a role whose every use is recorded: a JSON object a use in `private/access`, durable before the request is
/// obeyed. It names the token, never the person who is looked at.
struct AccessRecords: Sendable {
    private let storage: any LedgerStorage
    private let clock: any LedgerClock

    private static let directory: StoragePath = "private/access"

    init(_ storage: any LedgerStorage, clock: any LedgerClock) {
        self.storage = storage
        self.clock = clock
    }

    /// Records that `token` is about to be used, in that role, for `operation`.
    func record(_ token: AccessToken, as role: Role, operation: String, requestID: String) throws {
        let time = clock.now()
        let use: JSON = [
            "time": .string(time.description), "token": .string(token.id), "role": .string(role.rawValue),
            "operation": .string(operation), "request-id": .string(requestID),
        ]
        let digits = String(time.milliseconds)
        // One request may be recorded in two roles.
        let name = String(repeating: "0", count: 15 - digits.count) + "\(digits)-\(requestID)-\(role.rawValue).json"
        try storage.create([(Self.directory.appending(name), Array((use.text + "\n").utf8))])
    }
}
