import Testing

@testable import ConsentServer

/// The configuration: what is right, and what is wrong where.
@Suite struct ConfigurationTests {
    @Test func everyKeyIsRead() throws {
        let configuration = try Configuration(
            parsing: """
                ledger: /srv/ledger
                passphrase-file: /run/passphrase
                listen: {address: 0.0.0.0, port: 1, behind-proxy: true}
                tls: {certificate-chain: a.pem, private-key: b.pem}
                log: {public: true}
                log-level: warning
                limits:
                  {requests-per-second: 2, burst: 3, body-bytes: 4096, bodies-bytes: 16384, request-seconds: 5, connections: 6, waiting: 7,
                   evidence-bytes: 70000, room-bytes: 11, unindexed-records: 12}
                threads: {reading: 8, writing: 9}
                publish-seconds: 10
                witnesses: {policy: w.policy, addresses: {w1: "https://w.example/api", w2: "http://localhost/"}, timeout-seconds: 3}
                clearances: {anchor-seconds: 13, source: hook}
                webhooks:
                  - {name: wa, kind: whatsapp, business: acme, source: hook, secret-file: s, handshake-file: t}
                  - {name: sms, kind: twilio, business: acme, source: hook, secret-file: s, url: "https://example.com/x"}
                  - {name: rcs, kind: rcs, business: acme, source: hook, secret-file: s}
                  - {name: crm, kind: signed, business: acme, source: hook, secret-file: s}
                  - {name: mail, kind: email, business: acme, source: hook, secret-file: s, url: "https://example.com/u", language: es}
                """)
        var wanted = try Configuration(parsing: "ledger: /srv/ledger")
        wanted.passphraseFile = "/run/passphrase"
        wanted.address = "0.0.0.0"
        wanted.port = 1
        wanted.isBehindProxy = true
        wanted.tls = Configuration.TLSFiles(certificateChain: "a.pem", privateKey: "b.pem")
        wanted.isLogPublic = true
        wanted.logLevel = .warning
        wanted.limits.requestsPerSecond = 2
        wanted.limits.burst = 3
        wanted.limits.bodyBytes = 4096
        wanted.limits.bodiesBytes = 16384
        wanted.limits.requestSeconds = 5
        wanted.limits.connections = 6
        wanted.limits.waiting = 7
        wanted.limits.evidenceBytes = 70_000
        wanted.limits.roomBytes = 11
        wanted.limits.unindexedRecords = 12
        wanted.readingThreads = 8
        wanted.writingThreads = 9
        wanted.publishSeconds = 10
        wanted.witnesses = Configuration.Witnesses(
            policyFile: "w.policy", addresses: ["w1": "https://w.example/api", "w2": "http://localhost/"],
            timeoutSeconds: 3)
        wanted.anchorSeconds = 13
        wanted.clearanceSource = "hook"
        wanted.webhooks = [
            Configuration.WebhookConfiguration(
                name: "wa", kind: .whatsapp, business: "acme", source: "hook", secretFile: "s", handshakeFile: "t"),
            Configuration.WebhookConfiguration(
                name: "sms", kind: .twilio, business: "acme", source: "hook", secretFile: "s",
                url: "https://example.com/x"),
            Configuration.WebhookConfiguration(
                name: "rcs", kind: .rcs, business: "acme", source: "hook", secretFile: "s"),
            Configuration.WebhookConfiguration(
                name: "crm", kind: .signed, business: "acme", source: "hook", secretFile: "s"),
            Configuration.WebhookConfiguration(
                name: "mail", kind: .email, business: "acme", source: "hook", secretFile: "s",
                url: "https://example.com/u", language: "es"),
        ]
        #expect(configuration == wanted)
    }

    @Test(arguments: [
        ("", "names no ledger"), ("ledger: ''", "line 1"), ("- a", "line 1"), ("ledger: a\nleger: b", "line 2"),
        ("ledger: a\nlisten:\n  port: 80\n  prot: 81", "line 4"), ("ledger: a\nlisten: {port: 99999}", "line 2"),
        ("ledger: a\nlisten: {port: 080}", "line 2"), ("ledger: a\nlisten: 8080", "line 2"),
        ("ledger: a\nledger: b", "twice"), ("ledger: [", "line"), ("ledger: a\nlog: {public: yes}", "true or false"),
        ("ledger: a\nlog-level: loud", "log-level"), ("ledger: a\nlimits: {burst: -1}", "line 2"),
        ("ledger: a\nlisten: {address: 0.0.0.0}", "in the clear"),
        ("ledger: a\nlisten: {address: 127.host.example.com}", "in the clear"),
        ("ledger: a\nlisten: {address: 192.0.2.1}", "in the clear"),
        ("ledger: a\nwebhooks: [{name: x, kind: fax, business: b, source: s, secret-file: f}]", "kind"),
        ("ledger: a\nwebhooks: [{name: x, kind: twilio, business: b, source: s, secret-file: f}]", "url"),
        ("ledger: a\nwebhooks: [{name: x/y, kind: twilio, business: b, source: s, secret-file: f, url: u}]", "name"),
        ("ledger: a\nwebhooks: [{name: x, kind: rcs, business: b, source: s, secret-file: f, url: u}]", "url"),
        (
            "ledger: a\nwebhooks: [{name: x, kind: signed, business: b, source: s, secret-file: f, language: en}]",
            "lang"
        ),
        ("ledger: a\nwebhooks: [{name: x, kind: email, business: b, source: s, secret-file: f}]", "url"),
        (
            "ledger: a\nwebhooks: [{name: x, kind: email, business: b, source: s, secret-file: f, url: u, language: fr}]",
            "language"
        ),
        ("ledger: a\nwitnesses: {policy: p, urls: {a: b}}", "urls"),
        ("ledger: a\nwitnesses: {policy: p, addresses: {a: [b]}}", "line 2"),
        ("ledger: a\nwitnesses:\n  timeout-seconds: 61", "line 3"),
        ("ledger: a\ntls: {certificate-chain: a}", "private-key"), ("ledger: a\n? [b]\n: c", "line 2"),
        ("ledger: a\nclearances: {anchor-seconds: 0}", "anchor-seconds"),
        ("ledger: a\nclearances: {anchor: 1}", "line 2"),
    ])
    func whatIsWrongIsToldWithItsPlace(_ text: String, _ told: String) {
        let error = #expect(throws: ServerError(.badConfiguration, "")) { try Configuration(parsing: text) }
        #expect(error?.description.contains(told) == true, "\(error?.description ?? "")")
    }

    @Test func theEnvironmentCountsMore() throws {
        let configuration = try Configuration(
            parsing: "ledger: a\nlisten: {port: 1}",
            environment: [
                "CONSENTD_LEDGER": "b", "CONSENTD_PORT": "2", "CONSENTD_ADDRESS": "127.0.0.2",
                "CONSENTD_LOG_LEVEL": "error", "CONSENTD_WITNESS_POLICY": "p", "HOME": "/",
            ])
        #expect(configuration.ledger == "b")
        #expect(configuration.port == 2)
        #expect(configuration.address == "127.0.0.2")
        #expect(configuration.logLevel == .error)
        #expect(configuration.witnesses.policyFile == "p")
        for (name, value) in [
            ("CONSENTD_PORT", "x"), ("CONSENTD_PORT", "-1"), ("CONSENTD_LOG_LEVEL", "x"), ("CONSENTD_LEDGER", ""),
            ("CONSENTD_PROT", "1"), ("CONSENTD_ADDRESS", "0.0.0.0"),
        ] {
            #expect(throws: ServerError(.badConfiguration, ""), "\(name)") {
                try Configuration(parsing: "ledger: a", environment: [name: value])
            }
        }
    }
}
