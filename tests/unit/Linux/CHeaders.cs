using System.Diagnostics;
using System.Globalization;
using System.Text;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Reads the C headers of this machine.</summary>
internal static class CHeaders
{
    /// <summary>Values of C expressions, by compiling a program that prints them.</summary>
    public static long[] Evaluate(IEnumerable<string> headers, IReadOnlyCollection<string> expressions)
    {
        OnLinux.OrSkip();
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "needs /usr/bin/gcc");
        foreach (string header in headers)
        {
            if (header.StartsWith("linux/", StringComparison.Ordinal))
                Assert.SkipUnless(File.Exists("/usr/include/" + header), $"needs <{header}> (package linux-libc-dev)");
        }

        var program = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdio.h>\n");
        foreach (string header in headers)
            program.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
        program.Append("int main(void)\n{\n");
        foreach (string expression in expressions)
            program.Append(CultureInfo.InvariantCulture, $"    printf(\"%lld\\n\", (long long)({expression}));\n");
        program.Append("}\n");

        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string source = Path.Combine(directory, "abi.c");
            File.WriteAllText(source, program.ToString());
            Run("/usr/bin/gcc", "-o", Path.Combine(directory, "abi"), source);
            return [.. Run(Path.Combine(directory, "abi")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, program);
        return output;
    }
}
