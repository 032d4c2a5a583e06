internal import ConsentAudit
internal import ConsentModel
internal import TransparencyLog

/// Who cosigned a checkpoint, as far as the policy that the server has can tell, and who of it did not.
struct ConsoleWitnesses {
    /// What is known of a line.
    private enum Standing {
        /// It verifies under its key in the policy.
        case verified
        /// It does not.
        case wrong
        /// The policy has no key for it, or there is none.
        case unknown
    }

    private let lines: [(line: NoteSignature, standing: Standing)]
    /// Those of the policy without a line that verifies, each with what it could not do when it was asked last.
    private let missing: [(name: String, failure: String?)]
    /// Whether the policy's quorum is reached; `nil` without a policy, and where it asks for nobody.
    private let isQuorum: Bool?

    /// `lines` are those on `checkpoint` that are not the log's own; `failures` has error codes by the policy's names.
    init(
        _ lines: [NoteSignature], on checkpoint: SignedCheckpoint, by policy: WitnessPolicy?,
        failures: [String: String]
    ) {
        let witnesses = policy?.witnesses ?? []
        let verified = witnesses.filter { (try? checkpoint.verify(with: [$0.key]))?.isEmpty == false }
        self.lines = lines.map { line in
            guard let named = witnesses.first(where: { $0.key.isNamed(by: line) }) else { return (line, .unknown) }
            return (line, verified.contains { $0.key == named.key } ? .verified : .wrong)
        }
        missing = witnesses.filter { witness in !verified.contains { $0.key == witness.key } }.map { witness in
            let name = "\(witness.name)"
            return (name, failures[name])
        }
        isQuorum = policy.flatMap { $0.isQuorum([]) ? nil : $0.isQuorum(Set(verified.map(\.name))) }
    }

    /// For the template of the log's page.
    func values(_ frame: ConsoleFrame) -> ConsoleTemplates.Values {
        let items =
            lines.map { line, standing in
                switch standing {
                case .verified: frame.pieces("cosigned-verified", [.value(line.name)], Self.time(of: line))
                case .wrong: frame.pieces("cosigned-wrong", [.value(line.name)])
                case .unknown: frame.pieces("cosigned-unknown", [.value(line.name)], Self.time(of: line))
                }
            }
            + missing.map { name, failure in
                failure.map { frame.pieces("not-cosigned-failed", [.value(name)], [.value($0)]) }
                    ?? frame.pieces("not-cosigned", [.value(name)])
            }
        return [
            "witnesses": items.map { pieces -> ConsoleTemplates.Values in ["pieces": ConsoleFrame.view(pieces)] },
            "hasWitnesses": !items.isEmpty, "hasNoLine": lines.isEmpty,
            "quorum": isQuorum.map { isQuorum -> [ConsoleTemplates.Values] in
                [["style": isQuorum ? "yes" : "wait", "saying": frame.text(isQuorum ? "quorum" : "no-quorum")]]
            } ?? [],
        ]
    }

    /// The time that a cosignature says (C2SP tlog-cosignature: eight bytes before the signature).
    private static func time(of line: NoteSignature) -> [EvidencePage.Piece] {
        guard line.signature.count == 72 else { return [.value("–")] }
        let seconds = line.signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let (milliseconds, isTooLarge) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLarge, let time = Timestamp(milliseconds: milliseconds) else { return [.value("–")] }
        return [.value(FieldText.pageText(of: time))]
    }
}
