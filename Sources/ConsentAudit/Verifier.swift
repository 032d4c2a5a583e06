/// Verifies a log from its files alone, with nothing of the software that wrote it but the formats.
public struct Verifier: Sendable {
    private let reader: any LogReader
    private let pins: Pins

    /// Verifies the log that `reader` reads, as the ledger that `pins` names.
    public init(reader: any LogReader, pins: Pins = Pins()) {
        self.reader = reader
        self.pins = pins
    }

    /// Verifies up to `level` and, if given, compares `index` with the log.
    public func verify(
        level: VerificationLevel = .replay, index: (any IndexReader)? = nil,
        progress: (VerificationProgress) -> Void = { _ in }
    ) async throws -> VerificationReport {
        try await verify(VerificationOptions(level: level), index: index, progress: progress)
    }

    /// Verifies by `options` and, if given, compares `index` with the log. Damage is in the report; only a failure to
    /// read is thrown, as the reader throws it, `otherNotebook` if the notebook is not of the pinned log, and
    /// `CancellationError` where the task is cancelled. All cores
    /// verify; memory does not grow with the log, but for two bits a record and eight bytes a contact and, at `replay`,
    /// eight bytes a record (twice that for moments, while it grows). `progress` is called now and then, in order.
    public func verify(
        _ options: VerificationOptions, index: (any IndexReader)? = nil,
        progress: (VerificationProgress) -> Void = { _ in }
    ) async throws -> VerificationReport {
        if let notebook = options.notebook { try Self.check(notebook, against: pins) }
        let run = try VerificationRun(reader: reader, pins: pins, options: options, index: index)
        return try await run.verify(progress: progress)
    }

    private static func check(_ notebook: Notebook, against pins: Pins) throws(AuditError) {
        if let origin = pins.origin, !origin.utf8.elementsEqual(notebook.origin.utf8) {
            throw AuditError(
                .otherNotebook,
                "the notebook is of the log “\(notebook.origin)”, and “\(origin)” is pinned; name the other one")
        }
        if let id = pins.ledgerID, let noted = notebook.ledgerID, id != noted {
            throw AuditError(
                .otherNotebook, "the notebook is of the ledger \(noted), and \(id) is pinned; name the other one")
        }
    }
}
