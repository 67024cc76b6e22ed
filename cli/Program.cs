using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.Linux;

StandardDescriptors.Open();
try
{
    return (int)Dispatcher.Run(
        args,
        request => OperatingSystem.IsLinux() ? LinuxWorld.For(request)
            : throw new SystemRefusal("this operating system", "run on it", 0, "only Linux is supported"),
        Console.Out, Console.Error);
}
catch (Exception e)
{
    // A mistake of ours: what was begun has been undone, or is by the next run. Said like everything else, because the
    // runtime would only abort.
    string message = $"internal error: {e.GetType().Name}: {e.Message}";
    if (OperatingSystem.IsLinux())
        new SystemLog().Send(new LogLine(LogPriority.Error, message));
    Console.Error.Write($"hyperv-vfattach: {message}\n");
    return (int)ExitCode.Refused;
}
