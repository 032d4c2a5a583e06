internal import Foundation

/// A time-stamping authority (RFC 3161) of OpenSSL's, in a directory of its own, which goes when the value does: a root,
/// and a certificate for time stamping that the root signed.
public final class TimeStampAuthority: Sendable {
    /// A program of OpenSSL's that failed.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let directory: String

    /// Whose name the authority's certificate has.
    public static let name = "CN=Example Time Stamping,O=Example"

    /// Makes the authority. `usage` is its certificate's extended key usage; `from` and `until` are when that is valid, as
    /// OpenSSL writes it (`20260101000000Z`), from 2020 to 2080 unless said; `isDirect` is whether the root signed it, rather
    /// than a certificate between.
    public init(
        usage: String = "critical,timeStamping", from: String = "20200101000000Z", until: String = "20800101000000Z",
        isDirect: Bool = true
    ) throws {
        directory = NSTemporaryDirectory() + "authority-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try write(
            """
            [req]
            distinguished_name = name
            [name]
            [root]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign,cRLSign
            [stamping]
            basicConstraints = critical,CA:FALSE
            keyUsage = critical,digitalSignature
            extendedKeyUsage = \(usage)
            [ca]
            default_ca = this
            [this]
            new_certs_dir = .
            database = index
            serial = number
            default_md = sha256
            policy = any
            unique_subject = no
            [any]
            organizationName = optional
            commonName = supplied
            """, to: "openssl.cnf")
        try write("", to: "index")
        try write("1000\n", to: "number")
        try make(
            "root", "/O=Example/CN=Example Root", extensions: "root", signedBy: nil, "20200101000000Z",
            "20800101000000Z")
        if !isDirect {
            try make(
                "between", "/O=Example/CN=Example Between", extensions: "root", signedBy: "root", "20200101000000Z",
                "20800101000000Z")
        }
        try make(
            "tsa", "/O=Example/CN=Example Time Stamping", extensions: "stamping",
            signedBy: isDirect ? "root" : "between",
            from, until)
        try write("01\n", to: "serial")
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func make(
        _ name: String, _ subject: String, extensions: String, signedBy issuer: String?, _ from: String, _ until: String
    ) throws {
        try run([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key",
            "-subj", subject, "-config", "openssl.cnf", "-out", "\(name).csr",
        ])
        try run(
            [
                "ca", "-batch", "-notext", "-config", "openssl.cnf", "-in", "\(name).csr", "-out", "\(name).pem",
                "-extensions", extensions, "-startdate", from, "-enddate", until, "-keyfile", "\(issuer ?? name).key",
            ] + (issuer.map { ["-cert", "\($0).pem"] } ?? ["-selfsign"]))
    }

    /// The root's certificate in PEM, and, where there is one, that between.
    public func certificates(withBetween: Bool = false) throws -> [UInt8] {
        try read("root.pem") + (withBetween ? read("between.pem") : [])
    }

    /// How an authority answers.
    public struct Manner: Sendable {
        /// Its accuracy, as the configuration writes it: `secs:1, millisecs:500, microsecs:100`; empty: it says none.
        public var accuracy = ""
        /// How many digits of a second's fraction its time has.
        public var fractionDigits = 3
        /// The digest that it signs with.
        public var digest = "sha256"
        /// The policies that it grants besides its own, 1.2.3.4.1.
        public var policies = "1.2.3.4.5"

        public init() {}
    }

    /// A line of shell that answers, as the authority, the request on standard input.
    public func command(_ manner: Manner = Manner()) throws -> String {
        let configuration = try configure(manner)
        return "cd '\(directory)' && openssl ts -reply -config \(configuration) -queryfile /dev/stdin -out /dev/stdout"
    }

    /// Answers a request as the authority.
    public func answer(_ request: [UInt8], _ manner: Manner = Manner()) throws -> [UInt8] {
        let configuration = try configure(manner)
        let run = UUID().uuidString
        try Data(request).write(to: URL(fileURLWithPath: path("\(run).tsq")))
        try self.run(["ts", "-reply", "-config", configuration, "-queryfile", "\(run).tsq", "-out", "\(run).tsr"])
        return try read("\(run).tsr")
    }

    /// Writes the configuration for a manner; the file's name.
    private func configure(_ manner: Manner) throws -> String {
        let name = "\(UUID().uuidString).cnf"
        try write(
            """
            [tsa]
            default_tsa = this
            [this]
            serial = serial
            signer_cert = tsa.pem
            signer_key = tsa.key
            signer_digest = \(manner.digest)
            default_policy = 1.2.3.4.1
            other_policies = \(manner.policies)
            digests = sha256, sha512
            \(manner.accuracy.isEmpty ? "" : "accuracy = \(manner.accuracy)")
            clock_precision_digits = \(manner.fractionDigits)
            ordering = no
            tsa_name = yes
            ess_cert_id_chain = no
            ess_cert_id_alg = sha256
            """, to: name)
        return name
    }

    /// A request as OpenSSL makes it: of the SHA-256 `digest` in hexadecimal.
    public func request(of digest: String, _ options: [String] = ["-cert"]) throws -> [UInt8] {
        let name = UUID().uuidString
        try run(["ts", "-query", "-digest", digest, "-sha256", "-out", name] + options)
        return try read(name)
    }

    /// Whether OpenSSL's own program says that the response is one to the request, by the root's certificate.
    public func openSSLVerifies(_ response: [UInt8], of request: [UInt8]) throws -> Bool {
        let name = UUID().uuidString
        try Data(request).write(to: URL(fileURLWithPath: path("\(name).tsq")))
        try Data(response).write(to: URL(fileURLWithPath: path("\(name).tsr")))
        return try status(["ts", "-verify", "-in", "\(name).tsr", "-queryfile", "\(name).tsq", "-CAfile", "root.pem"]).0
            == 0
    }

    // MARK: Files and programs

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    }

    private func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    private func run(_ arguments: [String]) throws {
        let (status, output) = try status(arguments)
        guard status == 0 else {
            throw Failure(description: "openssl \(arguments.joined(separator: " ")) exits \(status): \(output)")
        }
    }

    private func status(_ arguments: [String]) throws -> (Int32, String) {
        let output = path(".\(UUID().uuidString)")
        try Data().write(to: URL(fileURLWithPath: output))
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: output)
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8))
    }
}
