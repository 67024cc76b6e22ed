using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD;

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
if (!OperatingSystem.IsLinux() && !OperatingSystem.IsFreeBSD())
{
    Console.Error.Write("hyperv-vfattach: this operating system is not supported; Linux and FreeBSD are\n");
    return (int)ExitCode.Refused;
}
try
{
    // The test must stand here, by itself: the other system's calls are not linked (Kernel).
    if (OperatingSystem.IsFreeBSD())
        return (int)Dispatcher.Run(FreeBsdWorld.Meant(request), FreeBsdWorld.For(request, new FreeBsdHost(new Kernel(), new Programs())));
    return (int)Dispatcher.Run(request, LinuxWorld.For(request));
}
catch (SystemRefusal e)
{
    // Before there was a log.
    Console.Error.Write($"hyperv-vfattach: {e.Message}\n");
    return (int)ExitCode.Refused;
}
