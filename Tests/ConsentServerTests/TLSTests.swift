import Foundation
import Testing

@testable import ConsentServer

/// The programs that make certificates and speak TLS.
private enum TLSTools {
    static let openssl = "/usr/bin/openssl"
    static let curl = "/usr/bin/curl"
    static let areThere = [openssl, curl].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
}

/// HTTPS with a certificate that was made for the test.
@Suite(.enabled(if: TLSTools.areThere, "openssl and curl are not there"), .timeLimit(.minutes(20)))
struct TLSTests {
    /// Certificates of this machine, each with its key, in a directory of their own.
    private struct Certificates {
        let directory = NSTemporaryDirectory() + "consentd-tls-" + UUID().uuidString

        init(_ names: String...) throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            for name in names {
                let made = try ServerProcess.run(
                    [
                        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "2",
                        "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key(name), "-out",
                        certificate(name),
                    ], program: TLSTools.openssl)
                try #require(made.status == 0, "\(made.errors)")
            }
        }

        func certificate(_ name: String) -> String { "\(directory)/\(name).pem" }
        func key(_ name: String) -> String { "\(directory)/\(name).key" }

        /// The lines of a configuration.
        func lines(certificate: String, key: String) -> String {
            "tls: {certificate-chain: \(self.certificate(certificate)), private-key: \(self.key(key))}"
        }

        func remove() { try? FileManager.default.removeItem(atPath: directory) }
    }

    @Test func whatIsServedOverTLSIsServedNoOtherWay() throws {
        let certificates = try Certificates("ours", "another")
        defer { certificates.remove() }
        let place = try ServedPlace(certificates.lines(certificate: "ours", key: "ours"))
        defer { place.end() }
        let check = try ServerProcess.run(["--config", place.configuration, "--check"])
        #expect(check.status == 0, "\(check.errors)")
        let server = try ServerProcess(configuration: place.configuration)
        func fetch(_ arguments: String..., trusting name: String = "ours") throws -> ServerProcess.Outcome {
            try ServerProcess.run(
                ["-q", "-sS", "--max-time", "60", "--cacert", certificates.certificate(name)] + arguments,
                program: TLSTools.curl)
        }
        let address = "https://127.0.0.1:\(server.port)"
        let health = try fetch(address + "/healthz")
        #expect(health.status == 0 && health.output.contains(#""status": "ok""#), "\(health)")
        let asked = try fetch(
            "-H", "Authorization: Bearer \(place.token)", "-H", "Content-Type: application/json", "-d",
            #"{"questions":[{"contact":"+34600111222","category":"marketing","channel":"whatsapp"}]}"#,
            address + "/v1/decisions")
        #expect(asked.status == 0 && asked.output.contains(#""outcome": "deny""#), "\(asked)")
        // Who trusts somebody else does not talk to it.
        #expect(try fetch(address + "/healthz", trusting: "another").status != 0)
        // Nor does it talk what nobody should any more.
        for (version, isSpoken) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
            let met = try ServerProcess.run(
                ["s_client", "-connect", "127.0.0.1:\(server.port)", version, "-cipher", "ALL:@SECLEVEL=0"],
                program: TLSTools.openssl)
            #expect((met.status == 0) == isSpoken, "\(version): \(met.errors)")
        }
        let plain = try server.exchange("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(!plain.contains("HTTP/1.1 2") && !plain.contains("ok"), "\(plain)")
        #expect(server.end() == 0)
    }

    @Test func theKeyOfAnotherCertificateIsRefused() throws {
        let certificates = try Certificates("ours", "another")
        defer { certificates.remove() }
        let place = try ServedPlace(certificates.lines(certificate: "ours", key: "another"))
        defer { place.end() }
        for arguments in [["--check"], []] {
            let outcome = try ServerProcess.run(["--config", place.configuration] + arguments)
            #expect(outcome.status == 65, "\(outcome.errors)")
            #expect(
                outcome.errors.contains(certificates.key("another"))
                    && outcome.errors.contains("are not a certificate chain and its key"), "\(outcome.errors)")
        }
    }
}
