using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;

Request request = CommandLine.Parse(args);
switch (request)
{
    case HelpRequest:
        Console.Out.Write(HelpText.Help);
        return (int)ExitCode.Done;
    case VersionRequest:
        Console.Out.Write(HelpText.Version);
        return (int)ExitCode.Done;
    case BadRequest bad:
        Console.Error.Write($"hyperv-vfattach: {bad.Message}\n{HelpText.Usage}");
        return (int)ExitCode.Usage;
}
if (!OperatingSystem.IsLinux())
{
    Console.Error.Write("hyperv-vfattach: this operating system is not supported; Linux is\n");
    return (int)ExitCode.Refused;
}
try
{
    return (int)Dispatcher.Run(request, LinuxWorld.For(request));
}
catch (SystemRefusal e)
{
    // Before there was a log.
    Console.Error.Write($"hyperv-vfattach: {e.Message}\n");
    return (int)ExitCode.Refused;
}
