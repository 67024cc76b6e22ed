using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>The result of a finished command.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a command that exited with 0; anything else is a <see cref="CommandException"/>.</summary>
    public string Succeeded(string command) => ExitCode == 0 ? Output : throw new CommandException(command, this);
}

/// <summary>A command exited with another code than 0.</summary>
public sealed class CommandException(string command, CommandResult result)
    : Exception($"{command}\nexited with {result.ExitCode}\n{result.Output}{result.Error}")
{
    /// <summary>Exit code and output.</summary>
    public CommandResult Result { get; } = result;
}

/// <summary>Runs a program on the host and collects its output.</summary>
internal static class Command
{
    /// <summary>Start information for a program whose output is read.</summary>
    public static ProcessStartInfo Info(string program, params IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>Runs a script at the top of this tree, with need_packages of install/packages.sh.</summary>
    public static async Task<CommandResult> InTreeAsync(string script, TimeSpan limit)
    {
        using var process = Process.Start(Info("bash", "-c", $"cd '{Repository.Top}' && . install/packages.sh && {script}"))!;
        return await process.FinishAsync().Within(limit, script);
    }

    /// <summary>Reads a started process to its end.</summary>
    public static async Task<CommandResult> FinishAsync(this Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }
}
