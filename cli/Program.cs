using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;

return (int)Dispatcher.Run(
    args,
    request => OperatingSystem.IsLinux() ? LinuxWorld.For(request)
        : throw new SystemRefusal("this operating system", "run on it", 0, "only Linux is supported"),
    Console.Out, Console.Error);
