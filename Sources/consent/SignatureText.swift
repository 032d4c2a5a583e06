internal import ConsentModel
internal import TransparencyLog

/// By whom a checkpoint is signed, and since when it is shown to exist, in words and in JSON.
struct SignatureText {
    private let signatures: [VerifiedSignature]
    private let oldest: UInt64?

    /// `oldest`: when the first of the trusted witnesses cosigned, in seconds since the epoch.
    init(_ signatures: [VerifiedSignature], oldest: UInt64?) {
        self.signatures = signatures
        self.oldest = oldest
    }

    /// A line for each.
    var lines: [String] {
        signatures.map { signature in
            let name = Terminal.plain(signature.key.name)
            return signature.timestamp.map { "cosigned   by \(name) at \(Self.time($0))" } ?? "signed     by \(name)"
        }
    }

    /// Since when what holds is shown to exist, after an empty line; nothing without a cosignature.
    var existence: [String] {
        guard let oldest else { return [] }
        return ["", "Shown to have existed on \(Self.time(oldest)), as far as that witness's clock is right."]
    }

    var json: JSON {
        .array(
            signatures.map { signature in
                [
                    "key": .string(signature.key.text), "cosigned-at": .optional(signature.timestamp.map(Self.time)),
                ]
            })
    }

    var oldestJSON: JSON { .optional(oldest.map(Self.time)) }

    /// A time in seconds since the epoch.
    private static func time(_ seconds: UInt64) -> String {
        let (milliseconds, isTooLate) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLate, let time = Timestamp(milliseconds: milliseconds) else { return "a time after the year 9999" }
        return time.description
    }
}
