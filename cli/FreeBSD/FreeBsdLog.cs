using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>Sends messages to syslog through logger(1); devd discards the output of its programs. Best effort.</summary>
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
            // A message that cannot be logged must not stop the work.
        }
    }
}
