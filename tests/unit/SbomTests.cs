using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>The bill of materials of install/sbom.sh, for a build that this class makes up.</summary>
public sealed partial class SbomTests : IDisposable
{
    private const string Rid = "linux-x64";

    private readonly string _tree = Directory.CreateTempSubdirectory().FullName;

    public SbomTests()
    {
        OnLinux.OrSkip();
        Assert.SkipUnless(File.Exists("/usr/bin/jq"), "needs /usr/bin/jq (package jq)");
        foreach (string script in (string[])["sbom.sh", "packages.sh"])
            Write($"install/{script}", File.ReadAllText(Path.Combine(Repository.Root, "install", script)));
        Write($"artifacts/publish/hyperv-vfattach/release_{Rid}/hyperv-vfattach", "the executable");
        Write("artifacts/obj/hyperv-vfattach/project.assets.json", $$"""
            {
              "targets": { "net10.0": {}, "net10.0/{{Rid}}": {} },
              "libraries": {
                "Tomlyn/2.10.2": { "type": "package" }, "Microsoft.DotNet.ILCompiler/10.0.1": { "type": "package" },
                "runtime.linux-arm64.Microsoft.DotNet.ILCompiler/10.0.1": { "type": "package" },
                "runtime.{{Rid}}.Microsoft.DotNet.ILCompiler/10.0.1": { "type": "package" }
              },
              "packageFolders": { "{{_tree}}/packages/": {} },
              "project": {
                "version": "1.2.3",
                "frameworks": { "net10.0": { "downloadDependencies": [
                  { "name": "Microsoft.NETCore.App.Runtime.NativeAOT.{{Rid}}", "version": "[10.0.1, 10.0.1]" },
                  { "name": "Microsoft.AspNetCore.App.Runtime.{{Rid}}", "version": "[10.0.1, 10.0.1]" }
                ] } }
              }
            }
            """);
        Package("tomlyn", "2.10.2", "<license type=\"expression\">BSD-2-Clause</license>");
        Package("microsoft.dotnet.ilcompiler", "10.0.1", "<license type=\"expression\">MIT</license>");
        foreach (string rid in (string[])["linux-arm64", Rid])
            Package($"runtime.{rid}.microsoft.dotnet.ilcompiler", "10.0.1", "<license type=\"expression\">MIT</license>");
        Package($"microsoft.netcore.app.runtime.nativeaot.{Rid}", "10.0.1", "<license type=\"file\">LICENSE.TXT</license>");
    }

    public void Dispose() => Directory.Delete(_tree, recursive: true);

    /// <remarks>CycloneDX 1.5 (ECMA-424): what its JSON schema requires, and the patterns of the fields that are there.</remarks>
    [Fact]
    public void It_is_CycloneDX()
    {
        using var document = JsonDocument.Parse(Bill());
        JsonElement root = document.RootElement;
        Text(root, "bomFormat").ShouldBe("CycloneDX");
        Text(root, "specVersion").ShouldBe("1.5");
        root.GetProperty("version").GetInt32().ShouldBe(1);
        Serial().IsMatch(Text(root, "serialNumber")).ShouldBeTrue(Text(root, "serialNumber"));
        JsonElement self = root.GetProperty("metadata").GetProperty("component");
        JsonElement[] components = [.. root.GetProperty("components").EnumerateArray()];
        HashSet<string> references = [];
        foreach (JsonElement component in (JsonElement[])[self, .. components])
        {
            Text(component, "type").ShouldBeOneOf("application", "library");
            Text(component, "name").ShouldNotBeEmpty();
            Text(component, "version").ShouldNotBeEmpty();
            Text(component, "purl").ShouldStartWith("pkg:");
            references.Add(Text(component, "bom-ref")).ShouldBeTrue();
            if (component.TryGetProperty("hashes", out JsonElement hashes))
            {
                foreach (JsonElement hash in hashes.EnumerateArray())
                {
                    Text(hash, "alg").ShouldBeOneOf("SHA-256", "SHA-512");
                    Hash().IsMatch(Text(hash, "content")).ShouldBeTrue();
                }
            }
        }
        JsonElement dependency = root.GetProperty("dependencies").EnumerateArray().ShouldHaveSingleItem();
        Text(dependency, "ref").ShouldBe(Text(self, "bom-ref"));
        dependency.GetProperty("dependsOn").EnumerateArray().Select(reference => reference.GetString()!).ShouldBe(
            components.Where(component => Text(component, "scope") == "required").Select(component => Text(component, "bom-ref")));
    }

    [Fact]
    public void It_names_what_is_in_the_executable_and_what_built_it()
    {
        using var document = JsonDocument.Parse(Bill());
        JsonElement self = document.RootElement.GetProperty("metadata").GetProperty("component");
        (Text(self, "name"), Text(self, "version")).ShouldBe(("hyperv-vfattach", "1.2.3"));
        Text(self.GetProperty("hashes")[0], "content").ShouldBe(Convert.ToHexStringLower(SHA256.HashData("the executable"u8)));
        var components = document.RootElement.GetProperty("components").EnumerateArray().ToDictionary(component => Text(component, "name"));
        JsonElement tomlyn = components["Tomlyn"];
        Text(tomlyn, "purl").ShouldBe("pkg:nuget/Tomlyn@2.10.2");
        Text(tomlyn, "scope").ShouldBe("required");
        Text(tomlyn.GetProperty("licenses")[0], "expression").ShouldBe("BSD-2-Clause");
        Text(tomlyn.GetProperty("hashes")[0], "content").ShouldBe(Convert.ToHexStringLower(SHA512.HashData("tomlyn"u8)));
        Text(components["Microsoft.DotNet.ILCompiler"], "scope").ShouldBe("excluded");
        // The cross compiler is a part of the build, the runtime for the target one of the executable.
        Text(components["runtime.linux-arm64.Microsoft.DotNet.ILCompiler"], "scope").ShouldBe("excluded");
        Text(components[$"runtime.{Rid}.Microsoft.DotNet.ILCompiler"], "scope").ShouldBe("required");
        components[$"Microsoft.NETCore.App.Runtime.NativeAOT.{Rid}"].TryGetProperty("licenses", out _).ShouldBeFalse();
        components.ShouldNotContainKey($"Microsoft.AspNetCore.App.Runtime.{Rid}");
        if (File.Exists("/usr/bin/dpkg-query"))
            components.Keys.ShouldContain(name => name.StartsWith("libc6-dev", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_build_has_the_same_bill_and_a_missing_one_has_none()
    {
        Bill().ShouldBe(Bill());
        Run("--arch", "arm64").ShouldBe((1, "install/sbom.sh: the last build was for linux-x64; run install/build.sh --arch arm64 first\n"));
        File.Delete(Path.Combine(_tree, "artifacts/obj/hyperv-vfattach/project.assets.json"));
        Run().Code.ShouldBe(1);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private void Package(string name, string version, string license)
    {
        Write($"packages/{name}/{version}/{name}.{version}.nupkg.sha512", Convert.ToBase64String(SHA512.HashData(Encoding.UTF8.GetBytes(name))));
        Write($"packages/{name}/{version}/{name}.nuspec", $"<package><metadata>\n    {license}\n</metadata></package>\n");
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_tree, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Bill()
    {
        (int code, string output) = Run();
        code.ShouldBe(0, output);
        return output;
    }

    private (int Code, string Output) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec bash \"$@\" 2>&1", "sh",
            Path.Combine(_tree, "install", "sbom.sh"), .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    [GeneratedRegex("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    private static partial Regex Serial();

    [GeneratedRegex("^([0-9a-f]{64}|[0-9a-f]{128})$")]
    private static partial Regex Hash();
}
