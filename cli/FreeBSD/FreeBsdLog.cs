using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>Messages to syslog through logger(1); devd throws away what its programs print. Best effort.</summary>
internal sealed class FreeBsdLog(IPrograms programs)
{
    public void Send(LogLine line)
    {
        string priority = line.Priority switch
        {
            LogPriority.Error => "err",
            LogPriority.Warning => "warning",
            LogPriority.Notice => "notice",
            LogPriority.Info => "info",
            _ => "debug",
        };
        try
        {
            _ = programs.Run("/usr/bin/logger", "-t", "hyperv-vfattach", "-p", $"daemon.{priority}", "--",
                line.Message.ReplaceLineEndings(" "));
        }
        catch (SystemRefusal)
        {
            // The work matters more than what is said of it.
        }
    }
}
