public import TransparencyLog

/// A proof file of any kind (SPEC.md, “Proof files”).
public enum ProofFile: Hashable, Sendable {
    /// A record is in the log.
    case inclusion(TransparencyProof)
    /// The log has only grown from one checkpoint to another.
    case consistency(SignedConsistencyProof)
    /// These are all records of a chain.
    case chain(ChainProof)

    /// The largest file of any kind, in bytes.
    public static let maximumByteCount = ChainProof.maximumByteCount

    /// Reads a file of the kind that its first line names. Throws `notAProof` unless it has exactly the form of that kind,
    /// and `tooLarge` over its limits.
    public init(parsing bytes: [UInt8]) throws(AuditError) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        do {
            if line.elementsEqual(TransparencyProof.firstLine.utf8) {
                self = .inclusion(try TransparencyProof(parsing: bytes))
            } else if line.elementsEqual(SignedConsistencyProof.firstLine.utf8) {
                self = .consistency(try SignedConsistencyProof(parsing: bytes))
            } else if line.elementsEqual(ChainProof.firstLine.utf8) {
                self = .chain(try ChainProof(parsing: bytes))
            } else {
                throw AuditError(
                    .notAProof,
                    "this is not a proof file: its first line is none of “\(TransparencyProof.firstLine)”, "
                        + "“\(SignedConsistencyProof.firstLine)” and “\(ChainProof.firstLine)”")
            }
        } catch let error as TransparencyLogError {
            throw AuditError(error.code == .tooLarge ? .tooLarge : .notAProof, error.description)
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.notAProof, "this is not a proof file: \(error)")
        }
    }

    /// The file.
    public var bytes: [UInt8] {
        switch self {
        case .inclusion(let proof): proof.bytes
        case .consistency(let proof): proof.bytes
        case .chain(let proof): proof.bytes
        }
    }

    /// The tree that it is about; of a consistency proof the larger one.
    public var checkpoint: SignedCheckpoint {
        switch self {
        case .inclusion(let proof): proof.checkpoint
        case .consistency(let proof): proof.newer
        case .chain(let proof): proof.checkpoint
        }
    }
}

/// Making proofs from a log.
extension PublishedLog {
    /// Proves that the record at `index` is in the tree of `checkpoint`, which is the published one or one of
    /// `keptCheckpoint`; the record goes with it.
    public func proveInclusion(of index: UInt64, at checkpoint: SignedCheckpoint) throws -> TransparencyProof {
        let path = try inclusionProof(index: index, size: checkpoint.checkpoint.size)
        return try TransparencyProof(
            extra: entry(at: index), index: index, hashes: path.hashes, checkpoint: checkpoint)
    }

    /// Proves that the tree of `newer` begins with that of `older`; both are the published one or of `keptCheckpoint`.
    public func proveConsistency(
        from older: SignedCheckpoint, to newer: SignedCheckpoint
    ) throws -> SignedConsistencyProof {
        let (oldSize, newSize) = (older.checkpoint.size, newer.checkpoint.size)
        let hashes = oldSize == 0 ? [] : try consistencyProof(from: oldSize, to: newSize).hashes
        return try SignedConsistencyProof(hashes: hashes, older: older, newer: newer)
    }
}
