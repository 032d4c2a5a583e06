internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import Hummingbird
internal import TransparencyLog

/// How the log stands: its size, its last checkpoint and who cosigned that, and verifying it on demand.
enum ConsoleLogRoutes {
    /// Who may look at the log.
    static let roles = LogRoute.route.roles ?? []

    static let routes = [
        ConsoleRoutes.page("/log", "log", roles) { visit in
            // A log that cannot be told can still be verified, which says what is wrong with it.
            do { return try await log(visit) } catch {
                guard error is AuditError || (error as? LedgerError)?.code == .incomplete else { throw error }
                return verificationPage(visit, fault: error)
            }
        },
        ConsoleRoutes.page("/log/verification", "verification", roles, verification),
        ConsoleRoutes.page("/log/verification/live", "verification-live", roles) { visit in
            verificationPage(visit, isLive: true)
        },
        ConsoleRoutes.form("/log/verification", "verify", roles) { visit, _ in
            visit.server.console.verification.begin(visit.ledger.log, clock: visit.server.clock)
            return ConsoleFrame.redirect(to: "/console/log/verification")
        },
        ConsoleRoutes.form("/log/verification/stop", "stop-verification", roles) { visit, _ in
            visit.server.console.verification.stop()
            return ConsoleFrame.redirect(to: "/console/log/verification")
        },
    ]

    private static func log(_ visit: ConsoleVisit) async throws -> Response {
        let frame = visit.frame
        let (state, last) = visit.server.console.verification.look(at: visit.server.clock.elapsedMilliseconds())
        let now = visit.server.clock.now()
        let policy = try visit.server.witnesses?.asked.policy ?? visit.ledger.location.quorumPolicy()
        let failures = await visit.server.witnesses?.lastFailures ?? [:]
        return frame.respond(
            try await visit.ledger.read { [reader = visit.ledger.log] snapshot in
                let published = try PublishedLog(reader: reader)
                let checkpoint = published.checkpoint
                let keys = snapshot.catalog.logKeys.compactMap { try? VerifierKey($0.verifierKey) }
                let own = (try? checkpoint.verify(with: keys)) ?? []
                let others = checkpoint.note.signatures.filter { line in !keys.contains { $0.isNamed(by: line) } }
                let witnesses = ConsoleWitnesses(others, on: checkpoint, by: policy, failures: failures)
                var values: ConsoleTemplates.Values = [
                    "facts": [
                        frame.fact("log-size", "\(snapshot.size)"),
                        frame.fact("log-published", "\(published.size)"),
                        frame.fact("log-root", "\(checkpoint.checkpoint.root)"),
                        frame.fact("log-last", FieldText.pageText(of: snapshot.lastRecordedAt)),
                        frame.fact("log-age", age(snapshot.age(at: now))),
                        frame.fact(
                            "log-signed",
                            own.isEmpty
                                ? frame.pieces("log-not-signed")
                                : [.value(own.map(\.key.text).joined(separator: ", "))]),
                        frame.fact("log-kept", "\(try published.keptSizes().count)"),
                        frame.fact("log-stamps", "\(try published.stamps().count)"),
                        frame.fact(
                            "log-id", snapshot.catalog.ledgerID.map { "\($0)" } ?? ""),
                    ],
                    "checkpointHTML": ConsoleTemplates.escapedLines(
                        String(decoding: checkpoint.bytes, as: UTF8.self)),
                ]
                values.merge(witnesses.values(frame)) { $1 }
                values.merge(result(state, last, frame)) { $1 }
                return frame.html("log", "log", values)
            })
    }

    /// A length of time, in its two largest units.
    private static func age(_ milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1000
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let first = parts.firstIndex { $0.0 > 0 } ?? 3
        return parts[first...].prefix(2).map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    private static func verification(_ visit: ConsoleVisit) async throws -> Response {
        verificationPage(visit)
    }

    /// The page of the verification. With `isLive` it asks again by itself, which takes the focus from whoever goes over it by
    /// keyboard: so that is for whoever chose it.
    private static func verificationPage(
        _ visit: ConsoleVisit, isLive: Bool = false, fault: (any Error)? = nil
    ) -> Response {
        let frame = visit.frame
        let (state, last) = visit.server.console.verification.look(at: visit.server.clock.elapsedMilliseconds())
        var values = result(state, last, frame)
        if let fault { values["fault"] = frame.fault("log-unreadable", detail: "\(fault)") }
        let status = fault.map { Problem($0).status } ?? .ok
        guard case .running(let done, let size) = state else {
            return frame.page("verification", "verification", values, status: status)
        }
        let words = frame.pieces("verification-at", [.value("\(done)")], [.value("\(size)")])
        values["pieces"] = ConsoleFrame.view(words)
        values["done"] = "\(done)"
        values["size"] = "\(max(1, size))"
        values["isLive"] = isLive
        return frame.page("verification", "verification", values, status: status, refresh: isLive ? 1 : nil)
    }

    /// What is known of verifications, for the pages that say so.
    private static func result(
        _ state: LogVerification.State, _ last: LogVerification.Result?, _ frame: ConsoleFrame
    ) -> ConsoleTemplates.Values {
        var results: [ConsoleTemplates.Values] = []
        func tell(
            _ style: String, _ words: [EvidencePage.Piece], _ findings: [ConsoleTemplates.Values] = [],
            limits: [ConsoleTemplates.Values] = []
        ) {
            results.append([
                "style": style, "pieces": ConsoleFrame.view(words), "findings": findings,
                "hasFindings": !findings.isEmpty, "limits": limits, "hasLimits": !limits.isEmpty,
            ])
        }
        var isRunning = false
        switch state {
        case .idle: break
        case .running: isRunning = true
        case .stopped: tell("wait", frame.pieces("verification-stopped"))
        case .failed(let code): tell("no", frame.pieces("verification-failed", [.value(code)]))
        }
        if let last, !isRunning {
            let when: [EvidencePage.Piece] = [.value(FieldText.pageText(of: last.finishedAt))]
            let limits = last.notCovered.map { limit($0, last, frame) }
            if last.findingCount == 0 {
                tell("yes", frame.pieces("verification-holds", when, [.value("\(last.size)")]), limits: limits)
            } else {
                var words = frame.pieces("verification-damaged", when, [.value("\(last.findingCount)")])
                if last.findingCount > last.findings.count {
                    words += [.words(" ")] + frame.pieces("findings-part", [.value("\(last.findings.count)")])
                }
                tell(
                    "no", words,
                    last.findings.map { finding in
                        [
                            "code": finding.code.name, "kind": kind(of: finding, frame), "detail": finding.sentence,
                            "hasDetail": true, "where": finding.file ?? finding.index.map { "\($0)" } ?? "",
                        ]
                    }, limits: limits)
            }
        }
        return ["result": results, "isRunning": isRunning]
    }

    /// What kind of damage it is, in the page's language. Beside those of the log's form there is whatever rule of the ledger
    /// a record may break.
    private static func kind(of finding: Finding, _ frame: ConsoleFrame) -> String {
        let name = "finding." + finding.code.name
        return frame.text(ConsoleTextsEnglish.table[name] == nil ? "finding.rule" : name)
    }

    /// What a verification does not show, in the page's language; what has no words there, in those of `consent verify`.
    private static func limit(
        _ gap: NotCovered, _ last: LogVerification.Result, _ frame: ConsoleFrame
    ) -> ConsoleTemplates.Values {
        let name = "coverage-" + gap.code.name
        guard ConsoleTextsEnglish.table[name] != nil else {
            return ["pieces": ConsoleFrame.view([.value(gap.sentence)])]
        }
        let words = frame.pieces(
            name, [.value("\(gap.count ?? 0)")], [.value("\(last.sourceStatementCount)")])
        return ["pieces": ConsoleFrame.view(words)]
    }
}
