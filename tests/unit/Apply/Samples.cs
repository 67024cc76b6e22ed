using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>Objects with a distinct value in every property, so that a forgotten one is noticed.</summary>
internal static class Samples
{
    /// <summary>An object of a type.</summary>
    public static object Of(Type type)
    {
        int next = 1;
        return Make(type, ref next)!;
    }

    /// <summary>All properties of an object, including those of nested objects.</summary>
    public static string Describe(object? value)
    {
        switch (value)
        {
            case null:
                return "-";
            case string or IPAddress or HardwareAddress or ValueType and not IEnumerable:
                return value.ToString()!;
            case IEnumerable items:
                return $"[{string.Join(", ", items.Cast<object>().Select(Describe))}]";
        }
        var text = new StringBuilder(value.GetType().Name);
        foreach (PropertyInfo property in Stored(value.GetType()))
            text.Append(CultureInfo.InvariantCulture, $" {property.Name}={{{Describe(property.GetValue(value))}}}");
        return text.ToString();
    }

    private static object? Make(Type type, ref int next)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        int number = next++;
        if (type == typeof(string))
            return $"ab{number:x2}"; // Also valid hexadecimal digits, as in attributes that are kept verbatim.
        if (type == typeof(bool))
            return true;
        if (type == typeof(HardwareAddress))
            return new HardwareAddress($"00:00:00:00:00:{number:x2}");
        if (type == typeof(IPAddress))
            return new IPAddress([10, 0, 0, (byte)number]);
        if (type.IsEnum)
            return Enum.ToObject(type, Enum.GetValuesAsUnderlyingType(type).Length > 1 ? 1 : 0);
        if (type.IsPrimitive)
            return Convert.ChangeType(number % 200, type, CultureInfo.InvariantCulture);
        if (type.IsGenericType && type.Name.StartsWith("ImmutableArray", StringComparison.Ordinal))
        {
            Type item = type.GetGenericArguments()[0];
            var items = Array.CreateInstance(item, item.IsAbstract ? 0 : 2);
            for (int i = 0; i < items.Length; i++)
                items.SetValue(Make(item, ref next), i);
            return typeof(System.Collections.Immutable.ImmutableArray).GetMethods()
                .Single(method => method.Name == "Create" && method.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(item).Invoke(null, [items]);
        }
        object made = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in Stored(type))
            property.SetValue(made, Make(property.PropertyType, ref next));
        return made;
    }

    private static IEnumerable<PropertyInfo> Stored(Type type) => type
        .GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Where(property => property.CanWrite)
        .OrderBy(property => property.Name, StringComparer.Ordinal);
}
