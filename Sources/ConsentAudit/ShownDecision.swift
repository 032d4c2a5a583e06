public import ConsentRules
public import TransparencyLog

/// One decision of a clearance as its file shows it. Nothing in it counts before `ClearanceVerifier.verify`.
public struct ShownDecision: Sendable {
    /// The file.
    public let file: ClearanceFile
    /// What its leaf says.
    public let leaf: DecisionLeaf

    /// Reads a clearance file; throws `notAClearance` unless it has exactly the form of one, and `tooLarge`.
    public init(parsing bytes: [UInt8]) throws(AuditError) {
        do {
            file = try ClearanceFile(parsing: bytes)
        } catch {
            throw AuditError(error.code == .tooLarge ? .tooLarge : .notAClearance, error.description)
        }
        do { leaf = try DecisionLeaf(decoding: file.leaf) } catch {
            throw AuditError(.notAClearance, "this is not a clearance file: \(error)")
        }
    }
}

extension SignedClearance {
    /// Reads the file `clearance` of a directory; throws `notAClearance` unless it has exactly the form of one.
    public init(reading bytes: [UInt8]) throws(AuditError) {
        do { try self.init(parsing: bytes) } catch {
            throw AuditError(error.code == .tooLarge ? .tooLarge : .notAClearance, error.description)
        }
    }
}
