<?php
// Receives events of a webhook. WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:4020 receive.php, then create a webhook for
// http://<this machine>:4020/

function is_signed(string $key, string $body): bool
{
    $sent = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!preg_match('/^\d{1,12}$/D', $sent) || abs(time() - (int) $sent) > 300) {
        return false;
    }
    $signed = ($_SERVER['HTTP_WEBHOOK_ID'] ?? '') . ".$sent.$body";
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $one) {
        if (hash_equals($wanted, $one)) {
            return true;
        }
    }
    return false;
}

$key = base64_decode(preg_replace('/^whsec_/', '', (string) getenv('WEBHOOK_SECRET')));
$body = file_get_contents('php://input');
if ($key === '' || !is_signed($key, $body)) {
    http_response_code(401);
    return;
}
$event = json_decode($body, true);
// Look in a database whether its id is known already, and keep it there together with what you do about the event.
error_log($event['event'] . ' ' . $event['id'] . ' ' . json_encode($event['payload']));
http_response_code(204);
